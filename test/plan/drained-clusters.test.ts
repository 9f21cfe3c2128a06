import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

/** A pool of three clusters, some of them drained, with queues that name what is given. */
function folder(drained: readonly string[], queues: Readonly<Record<string, readonly string[]>>): Desired {
  const stateOf = (name: string) => (drained.includes(name) ? "drained" : "active");
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: ["c1", "c2", "c3"].map((name) => desiredCluster(name, "pa", { state: stateOf(name) })),
    queues: Object.entries(queues).map(([name, clusters]) => desiredQueue(name, "pa", clusters)),
  };
}

/** The plan from one folder to another, carried out with the last step that may be next, or the first. */
async function planChange(before: Desired, after: Desired, options: Partial<PlanOptions> = {}): Promise<Plan> {
  for (const draw of [(most: number) => most, () => 0]) {
    const world = openWorld("2026-11");
    await carryOut(world, await planWorld(world, before));
    await carryOut(world, await planWorld(world, after, options), { draw });
    if (Object.keys(options).length === 0) expect((await planWorld(world, after)).steps).toEqual([]);
  }
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, before));
  return planWorld(world, after, options);
}

const idsOf = ({ steps }: Plan) => steps.map(({ id }) => id);
const afterOf = ({ steps }: Plan, wanted: string) => steps.find(({ id }) => id === wanted)?.after;

test("a queue that goes on naming a cluster names it again only after the drain", async () => {
  const plan = await planChange(folder([], { q1: ["c1"] }), folder(["c1"], { q1: ["c1"] }));
  expect(afterOf(plan, "cluster.c1/drain")).toEqual(["queue.q1/update/park"]);
  expect(afterOf(plan, "queue.q1/update")).toEqual(["cluster.c1/drain"]);
});

test("a new queue names a cluster that is drained only after the drain", async () => {
  const plan = await planChange(folder([], {}), folder(["c1"], { q1: ["c1", "c2"] }));
  expect(afterOf(plan, "queue.q1/create")).toContain("cluster.c1/drain");
});

test("queues that swap clusters that are both drained wait for each other in no circle", async () => {
  const plan = await planChange(
    folder([], { q1: ["c1", "c3"], q2: ["c2", "c3"] }),
    folder(["c1", "c2"], { q1: ["c2", "c3"], q2: ["c1", "c3"] }),
  );
  expect(idsOf(plan)).toContain("queue.q1/update/release");
  expect(plan.notices.filter(({ code }) => code === "interruption")).toEqual([]);
});

test("a queue does not wait for the drain of a cluster that is left out of the plan", async () => {
  const plan = await planChange(folder([], { q1: ["c2"] }), folder(["c1"], { q1: ["c1", "c2"] }), {
    exclude: ["cluster.c1"],
  });
  expect(idsOf(plan)).toEqual(["queue.q1/update"]);
});

test("a queue that is replaced while it names a cluster that is drained releases it and goes on with the others", async () => {
  const plan = await planChange(folder([], { q1: ["c1", "c2"] }), folder(["c1"], { q1: ["c1", "c2"] }), {
    replace: ["queue.q1"],
  });
  expect(idsOf(plan)).toEqual([
    "queue.q1/update/release",
    "cluster.c1/drain",
    "cluster.c1/await/drained",
    "queue.q1/create/queue.q1-pa",
    "queue.q1/drain",
    "queue.q1/await/drained",
    "queue.q1/delete",
  ]);
  expect(plan.notices.filter(({ code }) => code === "interruption")).toEqual([]);
});

test("a queue that is replaced while every cluster that it names is drained takes no runs meanwhile, and the plan says so", async () => {
  const plan = await planChange(folder([], { q1: ["c1"] }), folder(["c1"], { q1: ["c1"] }), {
    replace: ["queue.q1"],
  });
  expect(afterOf(plan, "cluster.c1/drain")).toEqual(["queue.q1/update/park"]);
  expect(plan.notices).toContainEqual(expect.objectContaining({ code: "interruption", queues: ["q1"] }));
});

test("a new queue names the successor that an interrupted run left in service only after its drain", async () => {
  const world = openWorld("2026-11");
  const former = { ...NOTHING_DESIRED, clusters: [desiredCluster("c1", "default")] };
  const next = {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", "pa", { state: "drained" })],
    queues: [desiredQueue("q1", "pa", ["c1"])],
  };
  await carryOut(world, await planWorld(world, former));
  const plan = await planWorld(world, next, { on_pool_change: "replace" });
  await carryOut(world, plan, { stop: { at: 2, how: "kill after" } });
  const rest = await planWorld(world, next, { on_pool_change: "replace" });
  expect(idsOf(rest)).toContain("cluster.c1/drain/cluster.c1-pa");
  expect(afterOf(rest, "queue.q1/create")).toEqual(["cluster.c1/drain/cluster.c1-pa"]);
  await carryOut(world, rest, { draw: (most) => most });
});
