import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { putWork } from "./put-work.ts";
import { carryOut } from "./walk-plan.ts";

const PAST: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
};

test.each([[[]], [["queue.all"]]] as const)(
  "a queue that is replaced, or new, in the pool that its only cluster moves to has an order all the same, with --replace %s",
  async (replace) => {
    const world = openWorld("2026-11");
    const one = { ...PAST, clusters: [desiredCluster("c1", "pa")], queues: [desiredQueue("all", "pa", ["*"])] };
    await carryOut(world, await planWorld(world, one));
    const clusters = [desiredCluster("c1", "pb")];
    const moved = { ...one, clusters, queues: [desiredQueue("all", "pb", ["*"])] };
    expect((await planWorld(world, moved, { replace })).steps.length).toBeGreaterThan(0);
    const renamed = await planWorld(world, { ...one, clusters, queues: [desiredQueue("other", "pb", ["*"])] });
    expect((await carryOut(world, renamed))?.status).toBe("applied");
    expect(world.model.state.queue.rows.has("other")).toBe(true);
  },
);

test.each(["2026-07", "2026-11"] as const)(
  "a new queue on all of an empty pool is not there before the first cluster serves in that pool, on %s",
  async (generation) => {
    const world = openWorld(generation);
    await carryOut(world, await planWorld(world, PAST));
    putWork(world, (most) => most);
    const clusters = [desiredCluster("c1", "pb"), desiredCluster("c2", "pa")];
    const next = { ...PAST, clusters, queues: [desiredQueue("all", "pb", ["*"])] };
    const plan = await planWorld(world, next);
    expect(plan.steps.filter(({ address }) => address === "queue.all")).toHaveLength(1);
    await carryOut(world, plan, { wait_ms: 0 });
    const serving = [...world.model.state.cluster.rows.values()].filter(
      ({ pool, state }) => pool === "pb" && state === "active",
    );
    expect(serving.length > 0 || !world.model.state.queue.rows.has("all")).toBe(true);
  },
);
