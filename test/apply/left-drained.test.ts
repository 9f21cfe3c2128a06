import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { killEverywhere } from "./kill-everywhere.ts";
import {
  ALLOWED,
  activate,
  drain,
  GENERATION,
  leftBehind,
  listOut,
  listSilent,
  orphan,
  PAST,
  settle,
  without,
} from "./left-behind.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

/** c1 moves, and the queue that names it follows. */
const MOVED = orphan({
  ...PAST,
  clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("any", "pa", ["*"]), desiredQueue("extra", "pb", ["c1"])],
});

const renamed = (desired: Desired, name: string): Desired => ({
  ...desired,
  clusters: desired.clusters.map((one) =>
    one.name === name ? { ...one, name: `${name}x`, address: `cluster.${name}x` as const } : one,
  ),
  queues: desired.queues
    .map((one) => (one.name === name ? { ...one, name: `${name}x`, address: `queue.${name}x` as const } : one))
    .map((one) => ({
      ...one,
      spec: { ...one.spec, clusters: one.spec.clusters.map((cluster) => (cluster === name ? `${name}x` : cluster)) },
    })),
});

/** What a run that prunes leaves where it is killed anywhere. */
const killPruning = async (past: ServedWorld, next: Desired) =>
  killEverywhere(past, await past.plan(next, { allow: ALLOWED, prune: "all" }));

async function openPast(store = true): Promise<ServedWorld> {
  const world = await serveWorld(GENERATION, { store });
  await world.converge(PAST);
  return world;
}

describe("what a killed run has drained on its way, and what leaves the manifests before the next one", () => {
  const EDITS: readonly (readonly [string, Desired])[] = [
    ["its cluster is released", without(PAST, ["c1", "extra"])],
    ["its queue is released", without(PAST, ["extra"])],
    ["its cluster is renamed", renamed(renamed(PAST, "c1"), "extra")],
  ];

  test.each(EDITS)("is put back into service where %s", async (_name, edit) => {
    const past = await openPast();
    let put_back = 0;
    for (const { world, when } of await killPruning(past, MOVED)) {
      const first = await world.plan(edit, { allow: ALLOWED });
      put_back += first.changes.filter(({ action }) => action === "put_back").length;
      const plan = await settle(world, edit, { allow: ALLOWED });
      expect(await listSilent(world, { before: [], plan, wanted: [] }), when).toEqual([]);
      if (plan.applyable) expect(plan.steps, when).toEqual([]);
      // A queue that was parked as well would get the work of other clusters.
      const parked = (await world.reader.listQueues("live")).filter(({ spec }) => spec.clusters.join() === "*");
      expect(
        parked.map(({ name }) => `queue ${name}`),
        when,
      ).toEqual(expect.arrayContaining([...(await listOut(world))]));
    }
    expect(put_back).toBeGreaterThan(0);
  });

  test("is put back into service where that is a queue of all clusters of the pool that it was moved to", async () => {
    const past = await openPast();
    const queues = [desiredQueue("any", "pb", ["*"]), desiredQueue("extra", "pa", ["c1"])];
    let moved = 0;
    for (const { world, when } of await killPruning(past, orphan({ ...PAST, queues }))) {
      const { state, spec } = (await world.reader.getQueue("any")) ?? {};
      moved += state === "drained" && spec?.cluster_pool === "pb" ? 1 : 0;
      const plan = await settle(world, without(PAST, ["any"]), { allow: ALLOWED });
      expect([await listOut(world), leftBehind(plan)], when).toEqual([[], []]);
    }
    expect(moved).toBeGreaterThan(0);
  });

  test.each(EDITS)("is reported where %s and nothing is pruned, until it is in service", async (_name, edit) => {
    const past = await openPast();
    let reported = 0;
    for (const { world, when } of await killPruning(past, MOVED)) {
      const options = { allow: ALLOWED, prune: "none" as const };
      const plan = await settle(world, edit, options);
      expect(await listSilent(world, { before: [], plan, wanted: [] }), when).toEqual([]);
      for (const name of await listOut(world)) {
        reported += 1;
        await activate(world, name);
      }
      const after = await settle(world, edit, options);
      expect(leftBehind(after), when).toEqual([]);
    }
    expect(reported).toBeGreaterThan(0);
  });

  test("stays drained where its manifest wanted it so", async () => {
    const past = await openPast();
    const drained = {
      ...PAST,
      queues: PAST.queues.map((queue) => (queue.name === "extra" ? { ...queue, state: "drained" as const } : queue)),
    };
    for (const { world, when } of await killPruning(past, drained)) {
      const plan = await world.plan(without(PAST, ["extra"]), { allow: ALLOWED });
      expect([plan.steps, leftBehind(plan)], when).toEqual([[], []]);
    }
  });

  test("is reported until somebody decides where another registration has taken its place", async () => {
    const past = await openPast();
    const options = { allow: ALLOWED, on_pool_change: "replace" as const };
    let reported = 0;
    for (const { world, when } of await killEverywhere(past, await past.plan(MOVED, options))) {
      const edit = without(PAST, ["c1", "extra"]);
      const plan = await settle(world, edit, options);
      expect(await listSilent(world, { before: [], plan, wanted: [] }), when).toEqual([]);
      reported += leftBehind(plan).length;
      for (const name of await listOut(world)) await activate(world, name);
      // Both are in service then, and one of them is to go.
      const both = leftBehind(await settle(world, edit, options));
      expect(
        both.filter((message) => message.includes("drained")),
        when,
      ).toEqual([]);
      for (const message of both) {
        const key = /^\S+ \((\S+) on the control plane\)/.exec(message)?.[1] ?? "";
        for (const table of ["cluster", "queue"] as const) world.model.commit([{ table, key, record: null }]);
      }
      expect(leftBehind(await settle(world, edit, options)), when).toEqual([]);
    }
    expect(reported).toBeGreaterThan(0);
  });
});

describe("what a killed run has restored, and what is out of service until it is activated", () => {
  const gone = without(PAST, ["c1", "extra"]);
  const openGone = async () => {
    const world = await serveWorld(GENERATION);
    const deleting = <T extends object>(objects: readonly T[]) =>
      objects.map((object) => ({ ...object, lifecycle: LIFECYCLE }));
    await world.converge({ ...PAST, clusters: deleting(PAST.clusters), queues: deleting(PAST.queues) });
    await world.converge(gone, { allow: ALLOWED });
    return world;
  };

  test.each(["owned", "none"] as const)(
    "is reported where its manifest is gone again and %s is pruned, until it is in service",
    async (prune) => {
      const past = await openGone();
      const options = { allow: ALLOWED, prune };
      let reported = 0;
      for (const { world, when } of await killPruning(past, PAST)) {
        const plan = await settle(world, gone, options);
        expect(await listSilent(world, { before: [], plan, wanted: [] }), when).toEqual([]);
        const out = await listOut(world);
        reported += out.length;
        for (const name of out) await activate(world, name);
        expect(leftBehind(await settle(world, gone, options)), when).toEqual([]);
      }
      expect(reported).toBeGreaterThan(0);
    },
  );

  test("stays out of service where its manifest wanted it so", async () => {
    const past = await openGone();
    const drained = {
      ...PAST,
      queues: PAST.queues.map((queue) => (queue.name === "extra" ? { ...queue, state: "drained" as const } : queue)),
      clusters: PAST.clusters.map((one) => (one.name === "c1" ? { ...one, state: "drained" as const } : one)),
    };
    for (const { world, when } of await killPruning(past, drained)) {
      const plan = await settle(world, gone, { allow: ALLOWED });
      expect([plan.steps, leftBehind(plan).filter((message) => message.includes("into service"))], when).toEqual([
        [],
        [],
      ]);
    }
  });
});

describe("without a store", () => {
  const ignoring = { ...LIFECYCLE, ignore_changes: ["state"] };
  const ignore = (desired: Desired): Desired => ({
    ...desired,
    clusters: desired.clusters.map((one) => ({ ...one, lifecycle: ignoring })),
    queues: desired.queues.map((one) => ({ ...one, lifecycle: ignoring })),
  });
  const [past, moved] = [ignore(PAST), ignore(MOVED)];
  const serve = async () => {
    const world = await serveWorld(GENERATION, { store: false });
    await world.converge(past);
    return world;
  };
  const options = { allow: ALLOWED } as const;

  test("what a killed run has drained is in service after the next one, though its manifest leaves the state to others", async () => {
    const first = await serve();
    let drained = 0;
    for (const { world, when } of await killEverywhere(first, await first.plan(moved, options))) {
      drained += (await listOut(world)).length;
      await settle(world, moved, options);
      expect(await listOut(world), when).toEqual([]);
    }
    expect(drained).toBeGreaterThan(0);
  });

  test("so is what was drained for a move whose call failed, and a later drain is another writer's", async () => {
    const world = await serve();
    await world.fault({ method: "UpdateCluster", code: "unavailable", count: 1_000 });
    const report = await world.apply(await world.plan(moved, options));
    expect(report).toMatchObject({ status: "failed", left_drained: ["cluster.c1", "queue.extra"] });
    await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
    expect((await settle(world, moved, options)).steps).toEqual([]);
    expect(await listOut(world)).toEqual([]);
    await drain(world, "extra");
    expect((await world.plan(moved, options)).steps).toEqual([]);
  });

  test("what a delete has drained before it failed is reported by applies that delete nothing, until it is in service", async () => {
    const world = await serve();
    await world.fault({ method: "DeleteQueue", code: "unavailable", count: 1_000 });
    const rest = without(past, ["extra"]);
    const report = await world.apply(await world.plan(rest, { ...options, prune: "all" }));
    expect(report.left_drained).toEqual(["queue.extra"]);
    for (const plan of [await world.plan(rest, options), await settle(world, rest, options)]) {
      expect(leftBehind(plan)).toEqual([expect.stringContaining("queue extra was drained")]);
    }
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, rest, options))).toEqual([]);
    await drain(world, "extra");
    expect(leftBehind(await world.plan(rest, options))).toEqual([]);
  });
});
