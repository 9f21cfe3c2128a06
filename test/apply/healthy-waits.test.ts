import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { selectorOf, serveTwoPools, stateOf } from "./serve-two-pools.ts";
import { recordEvents, serveWorld } from "./serve-world.ts";
import { MOVED } from "./situations.ts";

describe("waiting until a new registration is healthy", () => {
  const lifecycle = { ...LIFECYCLE, await: "healthy" as const };
  const next: Desired = {
    ...MOVED,
    clusters: MOVED.clusters.map((cluster) => (cluster.name === "c1" ? { ...cluster, lifecycle } : cluster)),
  };

  test("the registration that it replaces stays until then", async () => {
    const world = await serveTwoPools("2026-07");
    const report = await world.apply(await world.plan(next), { wait_ms: 1_000 });
    expect(report.status).toBe("waiting");
    expect(report.steps.find((step) => step.status === "waiting")?.message).toContain("c1-pb is not healthy yet");
    expect(await stateOf(world, "c1")).toBe("active in pa");
    const { config } = desiredPool("pb");
    const data = { object_store_ref: config.object_store_ref, secret_store: config.secret_store };
    await world.post("/report", { cluster: "c1-pb", operator_cluster_data: data });
    await world.converge(next);
    expect([await stateOf(world, "c1"), await stateOf(world, "c1-pb")]).toEqual(["none", "active in pb"]);
  });

  test("holds after a move as well: no queue names the cluster before its operator has followed", async () => {
    const world = await serveTwoPools("2026-11");
    const moved: Desired = { ...next, queues: [...next.queues, desiredQueue("late", "pb", ["c1"])] };
    const reportOf = async (pool: string) => {
      const { object_store_ref, secret_store } = desiredPool(pool).config;
      await world.post("/report", { cluster: "c1", operator_cluster_data: { object_store_ref, secret_store } });
    };
    await reportOf("pa");
    const first = await world.apply(await world.plan(moved), { wait_ms: 1_000 });
    expect(first).toMatchObject({ status: "waiting", left_drained: [] });
    expect(first.steps.find(({ status }) => status === "waiting")?.message).toContain("c1 is not healthy yet");
    expect([await stateOf(world, "c1"), await selectorOf(world, "late")]).toEqual(["active in pb", undefined]);
    // The next plan goes on waiting.
    expect((await world.apply(await world.plan(moved), { wait_ms: 1_000 })).status).toBe("waiting");
    expect(await selectorOf(world, "late")).toBeUndefined();
    await reportOf("pb");
    await world.converge(moved);
    expect(await selectorOf(world, "late")).toEqual(["c1"]);
    expect((await world.plan(moved)).steps).toEqual([]);
  });

  test("the reasons why it is not are told", async () => {
    const world = await serveWorld("2026-11");
    const pools = [desiredPool("pa")];
    const clusters = [desiredCluster("c1", "pa", { lifecycle })];
    const { lines: _lines, onEvent } = recordEvents();
    world.onSleep = () =>
      world.post("/report", {
        cluster: "c1",
        operator_cluster_data: { object_store_ref: { uri: "s3://elsewhere", endpoint: "" } },
      });
    const report = await world.apply(await world.plan({ ...NOTHING_DESIRED, pools, clusters, queues: [] }), {
      wait_ms: 5_000,
      onEvent,
    });
    expect(report.steps.find((step) => step.status === "waiting")?.message).toMatch(/not healthy yet: .*elsewhere/);
  });
});
