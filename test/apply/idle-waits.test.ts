import { describe, expect, test } from "vitest";
import { renderApplyText } from "../../src/report/runs/render-apply-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { selectorOf, serveTwoPools, stateOf, WITHOUT_C2 } from "./serve-two-pools.ts";

describe("waiting until queues are idle, where clusters can't be drained", () => {
  test("work that outlasts it: nothing is deleted, and the next apply goes on and restores what was written out", async () => {
    const world = await serveTwoPools("2026-07");
    await world.post("/inflight", { queue: "any", runs: 2, actions: 3 });
    const report = await world.apply(await world.plan(WITHOUT_C2));
    expect(report.status).toBe("waiting");
    expect(report.steps.find((step) => step.status === "waiting")?.message).toBe(
      "queue any has 2 runs and 3 actions in flight, 0 waiting",
    );
    expect(await stateOf(world, "c2")).toBe("active in pa");
    expect(await selectorOf(world, "any")).toEqual(["c1"]);
    await world.post("/inflight", { queue: "any" });
    await world.converge(WITHOUT_C2);
    expect(await stateOf(world, "c2")).toBe("none");
    expect(await selectorOf(world, "any")).toEqual(["*"]);
    expect((await world.plan(WITHOUT_C2)).steps).toEqual([]);
  });

  test("work that came after the metrics were collected, and before the queue was written out, is waited for", async () => {
    const world = await serveTwoPools("2026-07");
    const plan = await world.plan(WITHOUT_C2);
    await world.post("/metrics", { held: true });
    await world.clock.sleep(1_000);
    await world.post("/inflight", { queue: "any", cluster: "c2", runs: 1 });
    const unknown = await world.apply(plan, { wait_ms: 0 });
    expect(unknown.steps.find((step) => step.status === "waiting")?.message).toMatch(
      /^queue any reports no metrics since it was last changed \(2026-01-01T/,
    );
    await world.post("/metrics", { held: false });
    const waiting = await world.apply(await world.plan(WITHOUT_C2), { wait_ms: 0 });
    expect(waiting.steps.find((step) => step.status === "waiting")?.message).toMatch(/^queue any has 1 runs/);
    expect(await stateOf(world, "c2")).toBe("active in pa");
    await world.post("/inflight", { queue: "any", cluster: "c2" });
    await world.converge(WITHOUT_C2);
    expect(await stateOf(world, "c2")).toBe("none");
  });

  test("what somebody else has chosen for a queue that is written out stays, and is told", async () => {
    const world = await serveTwoPools("2026-07");
    await world.post("/inflight", { queue: "any", runs: 1 });
    world.onSleep = async () => {
      await world.post("/mutate", {
        op: "set",
        kind: "queue",
        name: "any",
        path: "spec.clusters",
        value: ["c1", "c9"],
      });
      await world.post("/inflight", { queue: "any" });
    };
    const plan = await world.plan(WITHOUT_C2);
    const report = await world.apply(plan);
    expect(report.status).toBe("applied");
    expect(await selectorOf(world, "any")).toEqual(["c1", "c9"]);
    const message = "queue any was set to c1, but another writer has since set it to c1, c9: that selector is kept";
    expect(report.steps.find(({ id }) => id.endsWith("/restore"))).toMatchObject({ status: "applied", message });
    expect(String(renderApplyText(report, plan, PLAIN))).toContain(message);
  });

  test("what somebody else has chosen while the restore is tried again stays too", async () => {
    const world = await serveTwoPools("2026-07");
    await world.post("/inflight", { queue: "any", runs: 1 });
    const value = ["c1", "c9"];
    world.onSleep = async () => {
      if ((await stateOf(world, "c2")) === "none") {
        await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "spec.clusters", value });
      } else {
        await world.fault({ method: "UpdateQueue", code: "unavailable" });
        await world.post("/inflight", { queue: "any" });
      }
    };
    const report = await world.apply(await world.plan(WITHOUT_C2));
    expect(report.status).toBe("applied");
    expect(await selectorOf(world, "any")).toEqual(value);
    expect((await world.plan(WITHOUT_C2)).notices.map(({ code }) => code)).not.toContain("written-out");
  });

  test("work that appears again after one wait, while another goes on, is waited for again", async () => {
    const world = await serveTwoPools("2026-07");
    await world.post("/inflight", { queue: "any", runs: 1 });
    const plan = await world.plan(WITHOUT_C2);
    const workAtDelete: number[] = [];
    world.model.subscribe(() => {
      if (!world.model.state.cluster.rows.has("c2")) workAtDelete.push(world.model.state.work.rows.size);
    });
    let sleeps = 0;
    world.onSleep = async () => {
      sleeps += 1;
      if (sleeps === 2) await world.post("/inflight", { queue: "c2", runs: 1 });
      if (sleeps === 4) await world.post("/inflight", { queue: "any" });
      if (sleeps === 12) await world.post("/inflight", { queue: "c2" });
    };
    expect((await world.apply(plan)).status).toBe("applied");
    expect(sleeps).toBeGreaterThanOrEqual(12);
    expect(workAtDelete[0]).toBe(0);
  });

  test("work that comes while the delete is tried again is waited for", async () => {
    const world = await serveTwoPools("2026-07");
    const plan = await world.plan(WITHOUT_C2);
    await world.fault({ method: "DeleteCluster", code: "unavailable" });
    let came = false;
    world.onSleep = async () => {
      if (!came) await world.post("/inflight", { queue: "c2", runs: 1 });
      came = true;
    };
    const report = await world.apply(plan, { wait_ms: 1_000 });
    expect(report.status).toBe("waiting");
    expect(await stateOf(world, "c2")).toBe("active in pa");
  });

  test("with --allow in-flight nothing is waited for", async () => {
    const world = await serveTwoPools("2026-07");
    await world.post("/inflight", { queue: "c2", runs: 1 });
    await world.converge(WITHOUT_C2, { allow: ["in-flight"] });
    expect(await stateOf(world, "c2")).toBe("none");
  });
});
