import { describe, expect, test } from "vitest";
import { desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { activate, drain, GENERATION, leftBehind, listOut, PAST, restoreNow, settle } from "./left-behind.ts";
import { serveWorld } from "./serve-world.ts";

/** The queue goes. */
const WITHOUT_EXTRA = { ...PAST, queues: PAST.queues.filter(({ name }) => name !== "extra") };

describe("after a restore from a backup of a change on its way", () => {
  const [rest, extra] = [WITHOUT_EXTRA, desiredQueue("extra", "pa", ["c1"])];
  const whole = { ...rest, queues: [...rest.queues, extra] };

  /** Breaks off the delete of a queue once that is drained; the store is restored from a backup of then. */
  const serveRestored = async () => {
    const world = await serveWorld(GENERATION);
    await world.converge(whole);
    const delete_ = { method: "DeleteQueue", code: "unavailable" } as const;
    await world.fault({ ...delete_, count: 1_000 });
    expect((await world.apply(await world.plan(rest))).left_drained).toEqual(["queue.extra"]);
    await restoreNow(world);
    return world;
  };

  test("what it has drained is reported where its manifest leaves the state to others, until it is in service", async () => {
    const world = await serveRestored();
    const leaves = { ...LIFECYCLE, ignore_changes: ["state"] };
    const ignoring = { ...rest, queues: [...rest.queues, { ...extra, lifecycle: leaves }] };
    const plan = await settle(world, ignoring, {});
    expect(plan.steps).toEqual([]);
    expect(leftBehind(plan)).toEqual([expect.stringMatching(/queue extra was drained by an apply at .*backup/)]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, ignoring, {}))).toEqual([]);
    await drain(world, "extra");
    expect(leftBehind(await world.plan(ignoring))).toEqual([]);
  });

  test("what it has drained is reported as long as its delete waits", async () => {
    const world = await serveRestored();
    const plan = await world.plan(rest);
    expect(plan.steps.map(({ id }) => id)).toEqual(["queue.extra/delete"]);
    expect(leftBehind(plan)).toEqual([expect.stringContaining("queue extra was drained")]);
  });

  test("what it has drained is reported where nothing is pruned, until it is in service", async () => {
    const world = await serveRestored();
    const options = { prune: "none" } as const;
    expect(leftBehind(await settle(world, rest, options))).toEqual([
      expect.stringContaining("queue extra was drained"),
    ]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, rest, options))).toEqual([]);
  });

  test("nothing is reported of what its manifest decides on: it is put into service", async () => {
    const world = await serveRestored();
    const plan = await settle(world, whole, {});
    expect([plan.steps, leftBehind(plan), await listOut(world)]).toEqual([[], [], []]);
  });
});
