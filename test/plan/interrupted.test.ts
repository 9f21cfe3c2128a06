import { expect, test } from "vitest";
import { recallStore } from "../../src/apply/recall.ts";
import { takeUp } from "../../src/apply/take-up.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld } from "./open-model.ts";
import { endSomeWork, putWork } from "./put-work.ts";
import { carryOut } from "./walk-plan.ts";

const pools = [desiredPool("pa")];
const both: Desired = {
  ...NOTHING_DESIRED,
  pools,
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
  queues: [desiredQueue("pins", "pa", ["c1", "c2"]), desiredQueue("any", "pa", ["*"])],
};
const one: Desired = {
  ...NOTHING_DESIRED,
  pools,
  clusters: [desiredCluster("c1", "pa")],
  queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["*"])],
};

/** A run of a folder on 2026-07 that unpinned and wrote out what it had to, and was outlasted by work everywhere. */
async function outlast(next: Desired): Promise<readonly Step[]> {
  const world = openWorld("2026-07");
  await carryOut(world, await planWorld(world, both));
  putWork(world, (most) => most);
  expect((await carryOut(world, await planWorld(world, next), { wait_ms: 0 }))?.status).toBe("waiting");
  return (await planWorld(world, next)).steps;
}

test("a queue that released a cluster in an interrupted run is still waited for before the cluster is deleted", async () => {
  const steps = await outlast(one);
  const wait = steps.find((step) => step.physical_name === "pins" && step.until === "idle");
  const removal = steps.find((step) => step.op === "delete");
  expect(removal?.after).toContain(wait?.id);
});

test("a queue that an interrupted run wrote out comes back to * only after the cluster is gone", async () => {
  const steps = await outlast(one);
  const removal = steps.find((step) => step.op === "delete");
  const restore = steps.find((step) => step.physical_name === "any" && step.op === "update");
  expect(restore?.set).toEqual({ clusters: ["*"] });
  expect(restore?.after).toContain(removal?.id);
});

test("a `*` queue that came to name others in an interrupted run is still waited for", async () => {
  const pins = [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["c1"])];
  const steps = await outlast({ ...one, queues: pins });
  const wait = steps.find((step) => step.physical_name === "any" && step.until === "idle");
  expect(wait).toBeDefined();
  expect(steps.find((step) => step.op === "delete")?.after).toContain(wait?.id);
});

test("a queue without a manifest that an interrupted run wrote out releases one more cluster before that is deleted, and comes back to `*`", async () => {
  const world = openWorld("2026-07");
  const folder = (names: readonly string[], queues: Desired["queues"]): Desired => {
    return { ...NOTHING_DESIRED, pools, clusters: names.map((name) => desiredCluster(name, "pa")), queues };
  };
  await carryOut(world, await planWorld(world, folder(["c1", "c2", "c3"], [desiredQueue("any", "pa", ["*"])])));
  putWork(world, (most) => most);
  await carryOut(world, await planWorld(world, folder(["c2", "c3"], [])), { wait_ms: 0 });
  const rest = await planWorld(world, folder(["c3"], []));
  const letsGo = rest.steps.find((step) => step.physical_name === "any" && step.phase === "release");
  expect(letsGo?.set).toEqual({ clusters: ["c3"] });
  expect(rest.steps.find((step) => step.physical_name === "any" && step.until === "idle")?.after).toContain(letsGo?.id);
  world.onSleep = () => endSomeWork(world, () => 0);
  expect((await carryOut(world, rest))?.status).toBe("applied");
  expect(world.model.state.queue.rows.get("any")?.spec.clusters).toEqual(["*"]);
  expect((await planWorld(world, folder(["c3"], []))).steps).toEqual([]);
});

const folderOf = (names: readonly string[], queues: Desired["queues"] = []): Desired => {
  return { ...NOTHING_DESIRED, pools, clusters: names.map((name) => desiredCluster(name, "pa")), queues };
};

/** A queue without a manifest, written out as `c1` by a run that was outlasted by its work, as it let `c2` go. */
async function writeOut() {
  const world = openWorld("2026-07");
  await carryOut(world, await planWorld(world, folderOf(["c1", "c2"], [desiredQueue("any", "pa", ["*"])])));
  putWork(world, (most) => most);
  await carryOut(world, await planWorld(world, folderOf(["c1"])), { wait_ms: 0 });
  const selector = () => world.model.state.queue.rows.get("any")?.spec.clusters;
  expect(selector()).toEqual(["c1"]);
  world.onSleep = () => endSomeWork(world, () => 0);
  return { world, selector };
}

test.each([
  { how: "that ends", stop: undefined },
  { how: "killed after it has deleted the one that it names", stop: { at: 1, how: "kill after" } },
  { how: "killed before its restore", stop: { at: 2, how: "kill after" } },
] as const)(
  "a queue that an interrupted run wrote out is `*` again after a run, $how, that leaves its pool no cluster",
  async ({ stop }) => {
    const { world, selector } = await writeOut();
    const last = await planWorld(world, folderOf([]));
    expect(last.routing).toContainEqual({ queue: "any", before: ["c1"], after: [] });
    await carryOut(world, last, stop === undefined ? {} : { stop });
    if (stop !== undefined) await carryOut(world, await planWorld(world, folderOf([])));
    expect(selector()).toEqual(["*"]);
    const next = await planWorld(world, folderOf(["c3"]));
    expect(next.routing).toContainEqual({ queue: "any", before: [], after: ["c3"] });
  },
);

test("a queue that a killed run left without a cluster is `*` again where one of that name has come in the meantime", async () => {
  const { world, selector } = await writeOut();
  await carryOut(world, await planWorld(world, folderOf([])), { stop: { at: 1, how: "kill after" } });
  await world.writer.registerClusters({ c1: "pa" });
  await carryOut(world, await planWorld(world, folderOf(["c1"])));
  expect(selector()).toEqual(["*"]);
});

test("a queue that an interrupted run wrote out is `*` again where somebody else deletes what it names before the restore", async () => {
  const { world, selector } = await writeOut();
  const rest = await planWorld(world, folderOf(["c1"]));
  await world.writer.deleteCluster("c1", "0");
  await carryOut(world, rest);
  expect(selector()).toEqual(["*"]);
});

test("a queue that a restored backup says is written out is told of although one that it names is deleted by now", async () => {
  const { world } = await writeOut();
  const [desired, live] = [folderOf(["c1"]), await readLive(world.reader)];
  const found = await recallStore(world.ledger);
  const given_up = { rows: [], queue: { name: "any", clusters: ["c0", "c1"] }, settings: {}, drained: null };
  const unfinished = found.unfinished.map((entry) => ({ ...entry, names: [], narrowed: null, given_up }));
  const { left_behind = [] } = takeUp({ ...found, unfinished }, { desired, live, options: { prune: "owned" } });
  expect(left_behind).toContainEqual(expect.objectContaining({ address: "queue.any", fault: "written_out" }));
});

test("a queue whose replacement was created and not recorded before a kill stops no cluster from leaving the pool of its former registration", async () => {
  const world = openWorld("2026-07");
  const queueIn = (pool: string) => [desiredQueue("q1", pool, ["*"])];
  const past = { ...NOTHING_DESIRED, pools, clusters: [desiredCluster("c1", "pa")], queues: queueIn("pa") };
  const next = { ...NOTHING_DESIRED, clusters: [desiredCluster("c1", "default")], queues: queueIn("default") };
  await carryOut(world, await planWorld(world, past));
  const plan = await planWorld(world, next);
  expect(plan.applyable).toBe(true);
  const [creation, ...others] = plan.steps.filter(({ address }) => address === "queue.q1");
  // The new cluster serves its pool before the queue is there.
  expect([creation?.op, creation?.after, others]).toEqual([
    "create",
    ["cluster.c1/await/cluster.c1-default/registered"],
    [],
  ]);
  const writes = plan.steps.filter(({ op }) => op !== "await");
  const at = writes.findIndex(({ id }) => id === creation?.id) + 1;
  await carryOut(world, plan, { stop: { at, how: "kill after" } });
  expect(world.model.state.queue.rows.has("q1-default")).toBe(true);
  expect((await planWorld(world, next)).checks.filter(({ status }) => status === "fail")).toEqual([]);
});
