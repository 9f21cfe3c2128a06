import { describe, expect, test } from "vitest";
import type { Ledger } from "../../src/model/ledger/ledger.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { listUnclear } from "../../src/plan/origins/list-unclear.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { endSomeWork, putWork } from "./put-work.ts";
import { carryOut } from "./walk-plan.ts";

const all = (most: number) => most;
const C1 = desiredCluster("c1", "pa");
const C2 = desiredCluster("c2", "pa");

const BASE: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [C1, C2],
  queues: [desiredQueue("any", "pa", ["*"])],
};
const WITH_C3: Desired = { ...BASE, clusters: [C1, C2, desiredCluster("c3", "pa")] };

async function openBase(generation: Generation): Promise<World> {
  const world = openWorld(generation);
  expect((await carryOut(world, await planWorld(world, BASE)))?.status).toBe("applied");
  return world;
}

/** A run that is killed right after the control plane has registered c3. */
async function registerAndKill(world: World, folder: Desired): Promise<void> {
  const plan = await planWorld(world, folder);
  expect(plan.steps.map(({ id }) => id)).toEqual(["cluster.c3/create"]);
  expect(await carryOut(world, plan, { stop: { at: 1, how: "kill after" } })).toBe(null);
}

async function readClusters({ reader }: World): Promise<readonly string[]> {
  return (await reader.listClusters("live")).map(({ name }) => name).sort();
}

async function readOwned({ ledger }: World): Promise<readonly string[]> {
  return (await ledger.readOwned()).map(({ address }) => address);
}

const codesOf = ({ notices }: Plan) => notices.map(({ code }) => code);
const deletesOf = ({ steps }: Plan) =>
  steps
    .filter(({ op }) => op === "delete")
    .map(({ physical_name }) => physical_name)
    .sort();

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("a cluster whose replacement waits goes with both registrations when its manifest does", async () => {
    const world = await openBase(generation);
    putWork(world, all);
    const moved = { ...BASE, clusters: [desiredCluster("c1", "pb"), C2] };
    const replace = { on_pool_change: "replace" as const };
    expect((await carryOut(world, await planWorld(world, moved, replace), { wait_ms: 0 }))?.status).toBe("waiting");
    expect(await readClusters(world)).toEqual(["c1", "c1-pb", "c2"]);
    const gone = { ...BASE, clusters: [C2] };
    const plan = await planWorld(world, gone, replace);
    expect(plan.changes.filter(({ address }) => address === "cluster.c1")).toMatchObject([{ action: "delete" }]);
    expect([deletesOf(plan), codesOf(plan).includes("all-registrations")]).toEqual([["c1", "c1-pb"], true]);
    expect((await carryOut(world, plan, { wait_ms: 0 }))?.status).toBe("waiting");
    expect(await readOwned(world)).toContain("cluster.c1");
    world.onSleep = () => endSomeWork(world, () => 0);
    expect((await carryOut(world, await planWorld(world, gone, replace)))?.status).toBe("applied");
    expect(await readClusters(world)).toEqual(["c2"]);
    expect(await readOwned(world)).not.toContain("cluster.c1");
    expect((await planWorld(world, gone, replace)).changes).toEqual([]);
  });

  test("the same where the run was killed before it recorded the successor", async () => {
    const world = await openBase(generation);
    const moved = { ...BASE, clusters: [desiredCluster("c1", "pb"), C2] };
    const replace = { on_pool_change: "replace" as const };
    const plan = await planWorld(world, moved, replace);
    const at = plan.steps.filter(({ op }) => op !== "await").findIndex(({ op }) => op === "create") + 1;
    expect(await carryOut(world, plan, { stop: { at, how: "kill after" } })).toBe(null);
    const gone = { ...BASE, clusters: [C2] };
    expect(deletesOf(await planWorld(world, gone))).toEqual(["c1", "c1-pb"]);
    expect((await carryOut(world, await planWorld(world, gone)))?.status).toBe("applied");
    expect([await readClusters(world), await world.ledger.readOpenIntents()]).toEqual([["c2"], []]);
  });

  test("what a killed run registered is claimed, and removed where its commit is reverted", async () => {
    const world = await openBase(generation);
    await registerAndKill(world, WITH_C3);
    const plan = await planWorld(world, BASE);
    expect(plan.changes).toMatchObject([{ address: "cluster.c3", action: "delete" }]);
    expect(plan.ownership).toMatchObject({ release: ["cluster.c3"], settle: ["cluster.c3"] });
    expect([...listUnclear(plan, await world.ledger.readOwned())]).toEqual(["cluster.c3"]);
    expect((await carryOut(world, plan))?.status).toBe("applied");
    expect([await readClusters(world), await world.ledger.readOpenIntents()]).toEqual([["c1", "c2"], []]);
    expect(await planWorld(world, BASE)).toMatchObject({ steps: [], notices: [] });
  });

  test("its life cycle outlives the run: what would be released without a word is left, and one that is protected stays", async () => {
    const orphaned = await openBase(generation);
    const orphan = desiredCluster("c3", "pa", { lifecycle: { ...LIFECYCLE, on_remove: "orphan" } });
    await registerAndKill(orphaned, { ...BASE, clusters: [C1, C2, orphan] });
    for (const _pass of [1, 2]) {
      const plan = await planWorld(orphaned, BASE);
      expect([plan.steps, plan.changes]).toEqual([[], []]);
      expect(plan.notices).toMatchObject([{ code: "left-behind", addresses: ["cluster.c3"] }]);
      await carryOut(orphaned, plan);
    }
    // Its manifest comes back, and is removed again: now it is on record, and its release is shown.
    await carryOut(orphaned, await planWorld(orphaned, { ...BASE, clusters: [C1, C2, orphan] }));
    const released = await planWorld(orphaned, BASE);
    expect([released.changes, released.notices]).toMatchObject([
      [{ address: "cluster.c3", action: "forget", action_reason: "no_manifest" }],
      [],
    ]);
    await carryOut(orphaned, released);
    expect(await planWorld(orphaned, BASE)).toMatchObject({ changes: [], notices: [] });
    expect(await readClusters(orphaned)).toEqual(["c1", "c2", "c3"]);
    const world = await openBase(generation);
    const protectedOne = desiredCluster("c3", "pa", { lifecycle: { ...LIFECYCLE, prevent_destroy: true } });
    await registerAndKill(world, { ...BASE, clusters: [C1, C2, protectedOne] });
    const failing = (await planWorld(world, BASE)).checks.filter(({ status }) => status === "fail");
    expect(failing).toMatchObject([{ name: "protected", addresses: ["cluster.c3"] }]);
  });

  test.each([
    ["nothing is pruned", { prune: "none" as const }, (world: World) => world.ledger],
    ["an earlier release wrote the journal", {}, ({ ledger }: World) => forgetBodies(ledger)],
  ])("it is left, and every plan says so, where %s", async (_why, options, read) => {
    const world = await openBase(generation);
    await registerAndKill(world, WITH_C3);
    world.ledger = read(world);
    for (const _again of [1, 2]) {
      const plan = await planWorld(world, BASE, options);
      expect(plan.steps).toEqual([]);
      expect(plan.notices).toMatchObject([{ code: "left-behind", addresses: ["cluster.c3"] }]);
      expect((await carryOut(world, plan))?.status).toBe("applied");
    }
    expect(await readClusters(world)).toEqual(["c1", "c2", "c3"]);
    // Somebody decides: a manifest names it.
    await carryOut(world, await planWorld(world, WITH_C3, options));
    expect(await planWorld(world, WITH_C3, options)).toMatchObject({ steps: [], notices: [] });
    expect([await readOwned(world), await world.ledger.readOpenIntents()]).toMatchObject([
      ["cluster.c1", "cluster.c2", "cluster.c3", "cluster_pool.pa", "cluster_pool.pb", "queue.any"],
      [],
    ]);
  });

  test("it is left where it is in another pool than the run put it into", async () => {
    const world = await openBase(generation);
    await registerAndKill(world, WITH_C3);
    const { generation: lock = "0" } = (await world.reader.getCluster("c3")) ?? {};
    if (generation === "2026-11") {
      await world.writer.setClusterState("c3", "draining", lock);
      world.model.settle();
      await world.writer.moveCluster("c3", "pb");
    } else {
      await world.writer.deleteCluster("c3", lock);
      world.model.commit([{ table: "queue", key: "c3", record: null }]);
      await world.writer.registerCluster("c3", "pb");
    }
    const plan = await planWorld(world, BASE);
    expect([deletesOf(plan), codesOf(plan)]).toEqual([[], ["left-behind"]]);
  });

  test("it is settled without a word where it is gone", async () => {
    const world = await openBase(generation);
    await registerAndKill(world, WITH_C3);
    world.model.commit([
      { table: "cluster", key: "c3", record: null },
      { table: "queue", key: "c3", record: null },
    ]);
    const plan = await planWorld(world, BASE);
    expect([plan.steps, plan.notices]).toEqual([[], []]);
    await carryOut(world, plan);
    expect(await world.ledger.readOpenIntents()).toEqual([]);
  });
});

/** As a journal reads that was written before registrations kept what they were. */
function forgetBodies(ledger: Ledger): Ledger {
  return {
    ...ledger,
    readOpenIntents: async () => (await ledger.readOpenIntents()).map((intent) => ({ ...intent, body: null })),
  };
}
