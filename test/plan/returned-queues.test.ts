/** Queues whose manifest comes back after a run has deleted their cluster, where a queue cannot be deleted. */
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { carryOut, type Walk } from "./walk-plan.ts";

const WITHOUT: Desired = { ...NOTHING_DESIRED, pools: [desiredPool("p")], clusters: [desiredCluster("a", "p")] };
const FULL: Desired = {
  ...WITHOUT,
  clusters: [...WITHOUT.clusters, desiredCluster("b", "p")],
  queues: [desiredQueue("q", "p", ["b"])],
};

const originsOf = ({ changes }: Plan) => Object.fromEntries(changes.map(({ address, origin }) => [address, origin]));

async function openWithout(walk: Walk = {}) {
  const world = openWorld("2026-07");
  await carryOut(world, await planWorld(world, FULL));
  await carryOut(world, await planWorld(world, WITHOUT), walk);
  return world;
}

test("a selector that lost its cluster by an applied delete is no drift once both manifests are back", async () => {
  const world = await openWithout();
  expect((await planWorld(world, WITHOUT)).ownership).toEqual({ claim: [], release: [], settle: [] });
  const plan = await planWorld(world, FULL);
  expect(plan.changes.filter(({ origin }) => origin === "drift")).toEqual([]);
  expect(plan.steps.map(({ op, kind, physical_name }) => `${op} ${kind}.${physical_name}`)).toContain("update queue.q");
});

test.each([
  ["kill before", 0],
  ["kill after", 1],
  ["kill recording", 2],
  ["kill recording", 3],
  ["kill recording", 4],
  ["kill recording", 5],
  ["kill recording", 6],
] as const)("nor is it where the delete was stopped: %s %i", async (how, at) => {
  const world = await openWithout({ stop: { how, at } });
  const { "queue.q": origin = "commit" } = originsOf(await planWorld(world, FULL));
  expect(origin).toBe("commit");
});

test("what others change in a queue while it has no manifest is the commit's to change once it has one", async () => {
  const world = await openWithout();
  await carryOut(world, await planWorld(world, { ...FULL, queues: [] }));
  await world.writer.updateQueue("q", { run_concurrency: 7, clusters: ["b"] });
  expect(originsOf(await planWorld(world, FULL))).toMatchObject({ "queue.q": "commit" });
  await carryOut(world, await planWorld(world, FULL));
  await world.writer.updateQueue("q", { run_concurrency: 7 });
  expect(originsOf(await planWorld(world, FULL))).toEqual({ "queue.q": "drift" });
});

test("a queue that another folder manages is drift there after a plan that prunes nothing", async () => {
  const world = openWorld("2026-07");
  await carryOut(world, await planWorld(world, FULL));
  await carryOut(world, await planWorld(world, WITHOUT, { prune: "none" }));
  await world.writer.updateQueue("q", { run_concurrency: 7 });
  expect(originsOf(await planWorld(world, FULL))).toEqual({ "queue.q": "drift" });
});
