import { describe, expect, test } from "vitest";
import { serveWorld } from "./serve-world.ts";
import { TWO_POOLS } from "./situations.ts";

const DEEPER = { op: "set", kind: "queue", name: "any", path: "depth", value: 7 };
const noticesOf = (plan: { readonly notices: readonly { readonly code: string; readonly message: string }[] }) =>
  plan.notices.filter(({ code }) => code === "changed-outside").map(({ message }) => message);

describe("a change from outside", () => {
  test("is planned with who made it and when", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    await world.post("/mutate", { ...DEEPER, by: "maria@example.com" });
    const plan = await world.plan(TWO_POOLS);
    const changed_at = expect.stringMatching(/^2026-01-01T00:/);
    expect(plan.changes).toMatchObject([
      { address: "queue.any", origin: "drift", changed_by: "maria@example.com", changed_at },
    ]);
    expect(noticesOf(plan)).toEqual([
      expect.stringMatching(/^queue\.any was changed outside, last by maria@example\.com at 2026-01-01T00:.*Z\.$/),
    ]);
    await world.converge(TWO_POOLS);
    expect((await world.plan(TWO_POOLS)).notices).toEqual([]);
  });

  test("is the same plan whoever makes it and whenever, and can be carried out", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    await world.post("/mutate", { ...DEEPER, by: "maria@example.com" });
    const first = await world.plan(TWO_POOLS);
    await world.clock.sleep(60_000);
    await world.post("/mutate", { ...DEEPER, by: "jonas@example.com" });
    const second = await world.plan(TWO_POOLS);
    expect(noticesOf(second)).not.toEqual(noticesOf(first));
    expect([second.digest, second.live_digest]).toEqual([first.digest, first.live_digest]);
    expect(second.ownership).toEqual(first.ownership);
    expect((await world.apply(first)).status).toBe("applied");
  });

  test("that touches nothing of what is managed is no change", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    await world.post("/mutate", {
      op: "set",
      kind: "cluster",
      name: "c1",
      path: "enabled",
      value: true,
      by: "maria@example.com",
    });
    expect(await world.plan(TWO_POOLS)).toMatchObject({ changes: [], steps: [], notices: [] });
  });

  test("tells on 2026-07 when it was made, and nobody's name", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    await world.post("/mutate", { ...DEEPER, by: "maria@example.com" });
    const plan = await world.plan(TWO_POOLS);
    expect(noticesOf(plan)).toEqual([expect.stringMatching(/^queue\.any was changed outside, last at 2026-01-01T/)]);
    expect(plan.changes.map(({ changed_by }) => changed_by)).toEqual([undefined]);
  });
});
