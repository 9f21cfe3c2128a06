import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
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

test("a new queue waits for the first cluster whose health nothing waits for, and that is part of the plan", async () => {
  const world = openWorld("2026-11");
  const past = { ...PAST, clusters: [...PAST.clusters, desiredCluster("c3", "pa")] };
  await carryOut(world, await planWorld(world, past));
  const clusters = [
    desiredCluster("c1", "pb", { lifecycle: { ...LIFECYCLE, await: "healthy" } }),
    desiredCluster("c2", "pb"),
    desiredCluster("c3", "pb"),
  ];
  const next = { ...past, clusters, queues: [desiredQueue("all", "pb", ["*"])] };
  const waitsFor = (plan: Plan) => plan.steps.find(({ address }) => address === "queue.all")?.after;
  expect(waitsFor(await planWorld(world, next))).toEqual(["cluster.c2/activate"]);
  expect(waitsFor(await planWorld(world, next, { exclude: ["cluster.c2"] }))).toEqual(["cluster.c3/activate"]);
  const exclude = ["cluster.c2", "cluster.c3"] as const;
  expect(waitsFor(await planWorld(world, next, { exclude }))).toEqual(["cluster.c1/await/healthy"]);
});
