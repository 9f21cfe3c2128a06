import { describe, expect, test } from "vitest";
import { NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { findUnserved } from "../../../src/plan/policy/find-unserved.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../arbitrary-desired.ts";
import { buildLive, type LiveNote } from "../build-live.ts";
import { openWorld, planWorld } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";

const find = (clusters: NonNullable<LiveNote["clusters"]>, queues: LiveNote["queues"]) =>
  findUnserved(
    buildLive({ generation: "2026-11", pools: { other: {} }, clusters, queues: { default: null, ...queues } }),
    null,
  );

describe("queues that no cluster serves", () => {
  test("are those all of whose clusters are drained or draining", () => {
    const clusters = { c1: { state: "drained" }, c2: { state: "draining" } } as const;
    expect(find(clusters, { all: {}, one: { clusters: ["c2"] } })).toEqual([
      { queue: "all", clusters: ["c1", "c2"] },
      { queue: "one", clusters: ["c2"] },
    ]);
  });

  test("are those as well whose other clusters are disabled, now and after a plan", async () => {
    const disabled = { c1: { state: "drained" }, c2: { enabled: false } } as const;
    expect(find(disabled, { all: {}, one: { clusters: ["c2"] } })).toEqual([
      { queue: "all", clusters: ["c1", "c2"] },
      { queue: "one", clusters: ["c2"] },
    ]);
    const live = buildLive({ generation: "2026-11", pools: { other: {} }, clusters: disabled, queues: { q: {} } });
    const change = {
      ...{ address: "cluster.c2", physical_name: "c2", previous_physical_name: null },
      after: { pool: "other", state: "active" },
    } as const;
    const queues = [...live.queues, ...buildLive({ generation: "2026-11", queues: { o: { pool: "other" } } }).queues];
    const done = { changes: [change] } as unknown as Plan;
    expect(findUnserved({ ...live, queues }, done)).toContainEqual({ queue: "o", clusters: ["c2"] });
  });

  test("are none where one serves in the queue's pool, where the queue is drained, and where it selects nothing that is there", () => {
    const clusters = { c1: { state: "drained" }, c2: {}, c3: { pool: "other" }, c4: { state: "deleted" } } as const;
    const queues = { all: {}, out: { state: "drained", clusters: ["c1"] }, none: { clusters: ["c9"] } } as const;
    expect(find(clusters, { ...queues, elsewhere: { clusters: ["c4"] } })).toEqual([]);
    expect(find(clusters, { named: { clusters: ["c1"] }, pool: { pool: "other", clusters: ["c3"] } })).toEqual([
      { queue: "named", clusters: ["c1"] },
    ]);
  });

  test("are those as well that a plan brings their first cluster, until it is there", async () => {
    const world = openWorld("2026-11");
    const desired = { ...NOTHING_DESIRED, pools: [desiredPool("pa"), desiredPool("pb")] };
    await carryOut(world, await planWorld(world, { ...desired, clusters: [desiredCluster("c1", "pa")] }));
    await world.writer.createQueue("waits", desiredQueue("waits", "pb", ["*"]).spec, "active");
    const live = () => readLive(world.reader);
    expect(findUnserved(await live(), null)).toEqual([]);
    const plan = await planWorld(world, {
      ...desired,
      clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pb")],
    });
    expect(findUnserved(await live(), null, plan)).toEqual([{ queue: "waits", clusters: [] }]);
    expect(findUnserved(await live(), plan)).toEqual([]);
    await carryOut(world, plan);
    expect(findUnserved(await live(), null, plan)).toEqual([]);
  });
});
