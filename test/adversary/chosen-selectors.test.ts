/** Whoever sets a queue's selector after a plan has seen it, or between two writes of a run, has it left so: until a new plan. */
import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { QUEUE_DEFAULTS, type QueueSpec } from "../../src/model/objects/spec.ts";
import type { ApplyReport } from "../../src/model/plan/apply-report.ts";
import { type ServedWorld, serveWorld } from "../apply/serve-world.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";

const THEIRS: QueueSpec = {
  ...QUEUE_DEFAULTS,
  ...{ cluster_pool: "pa", clusters: ["*"], run_concurrency: 3, action_concurrency: 3 },
};
/** c1, c2 and c4 in pa, and a queue of its own there. */
const BEFORE: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c4", "pa")],
  queues: [desiredQueue("pins", "pa", ["c2"])],
};
const MOVED = desiredCluster("c1", "pb");
/** c1 leaves for pb, which is waited for until it is healthy there. */
const AFTER: Desired = {
  ...BEFORE,
  clusters: [{ ...MOVED, lifecycle: { ...MOVED.lifecycle, await: "healthy" } }, ...BEFORE.clusters.slice(1)],
};

async function serveTheirs(store: boolean): Promise<ServedWorld> {
  const world = await serveWorld("2026-07", { store });
  await world.converge(BEFORE);
  await world.writer.createQueue("theirs", THEIRS, "active");
  return world;
}

const choose = ({ writer }: ServedWorld, clusters: readonly string[]) => writer.updateQueue("theirs", { clusters });
const selectorOf = async ({ reader }: ServedWorld, name: string) =>
  (await reader.getQueue(name))?.spec.clusters.toSorted();

/** The operator of c1 reports from its new pool. */
async function report({ reader, post }: ServedWorld): Promise<void> {
  const config = (await reader.getPool("pb"))?.config;
  const operator_cluster_data = { object_store_ref: config?.object_store_ref, secret_store: config?.secret_store };
  await post("/report", { cluster: "c1-pb", operator_cluster_data });
}

const failedOf = ({ steps }: ApplyReport) => steps.filter(({ status }) => status === "failed");

/** A new plan goes on: c1 leaves, and the queue stays as its owner has set it. */
async function expectToGoOn(world: ServedWorld, chosen: readonly string[]): Promise<void> {
  expect(await selectorOf(world, "theirs")).toEqual(chosen);
  world.onSleep = () => report(world);
  await world.converge(AFTER);
  expect(await selectorOf(world, "theirs")).toEqual(chosen);
  expect((await world.reader.listClusters("live")).map(({ name }) => name).sort()).toEqual(["c1-pb", "c2", "c4"]);
  expect((await world.plan(AFTER)).steps).toEqual([]);
}

describe.each([
  ["a store", true],
  ["a journal", false],
])("a * queue of nobody's manifest that its owner narrows before it is written out, with %s", (_kept, store) => {
  test.each([
    ["some of its clusters", ["c4"]],
    ["those that it would be written out as", ["c2", "c4"]],
  ])("while apply waits, to %s, stays so", async (_which, chosen) => {
    const world = await serveTheirs(store);
    const plan = await world.plan(AFTER);
    let slept = 0;
    world.onSleep = async () => {
      slept += 1;
      if (slept === 1) await choose(world, chosen);
      else await report(world);
    };
    const stopped = await world.apply(plan);
    expect(failedOf(stopped)).toMatchObject([{ physical_name: "theirs", code: "selector_changed" }]);
    expect(failedOf(stopped)[0]?.message).toMatch(/has since set it to .*c4: that selector is kept\. Plan again\.$/);
    await expectToGoOn(world, chosen);
  });

  test("between plan and apply stays so", async () => {
    const world = await serveTheirs(store);
    const plan = await world.plan(AFTER);
    await choose(world, ["c4"]);
    world.onSleep = () => report(world);
    expect(failedOf(await world.apply(plan))).toMatchObject([{ code: "selector_changed" }]);
    await expectToGoOn(world, ["c4"]);
  });

  test("while its write is tried again stays so", async () => {
    const world = await serveTheirs(store);
    const plan = await world.plan(AFTER);
    await world.fault({ method: "UpdateQueue", code: "unavailable" });
    let slept = 0;
    world.onSleep = async () => {
      slept += 1;
      if (slept === 1) await report(world);
      else if (slept === 2) await choose(world, ["c4"]);
    };
    const stopped = await world.apply(plan);
    expect(failedOf(stopped)).toMatchObject([{ code: "selector_changed" }]);
    await expectToGoOn(world, ["c4"]);
  });
});

test("a queue of a manifest that somebody sets between plan and apply is not overwritten unseen, and is by the next plan", async () => {
  const world = await serveTheirs(true);
  const next = { ...BEFORE, queues: [desiredQueue("pins", "pa", ["c2", "c4"])] };
  const plan = await world.plan(next);
  await world.writer.updateQueue("pins", { clusters: ["c1"] });
  expect(failedOf(await world.apply(plan))).toMatchObject([{ physical_name: "pins", code: "selector_changed" }]);
  expect(await selectorOf(world, "pins")).toEqual(["c1"]);
  await world.converge(next);
  expect(await selectorOf(world, "pins")).toEqual(["c2", "c4"]);
});
