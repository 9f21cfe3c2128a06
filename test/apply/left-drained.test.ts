import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { isPutBack } from "../../src/model/plan/put-back.ts";
import { takePutBacks } from "../../src/plan/unfinished/put-backs.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { arbitraryDesired, desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { assertUntil } from "../set-up/assert-until.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { forkWorld } from "./fork-world.ts";
import { type Kill, killApply } from "./kill-apply.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const GENERATION = "2026-11";
const lifecycle = { ...LIFECYCLE, on_remove: "orphan" as const };

/** With all objects let go where their manifests are removed. */
function orphan(desired: Desired): Desired {
  const let_go = <T extends object>(objects: readonly T[]) => objects.map((object) => ({ ...object, lifecycle }));
  const { pools, clusters, queues } = desired;
  return { ...desired, pools: let_go(pools), clusters: let_go(clusters), queues: let_go(queues) };
}

const PAST = orphan({
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("any", "pa", ["*"]), desiredQueue("extra", "pa", ["c1"])],
});

/** c1 moves, and the queue that names it follows. */
const MOVED = orphan({
  ...PAST,
  clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("any", "pa", ["*"]), desiredQueue("extra", "pb", ["c1"])],
});

/** The queue goes. */
const WITHOUT_EXTRA = { ...PAST, queues: PAST.queues.filter(({ name }) => name !== "extra") };

const without = (desired: Desired, gone: readonly string[]): Desired => ({
  ...desired,
  clusters: desired.clusters.filter(({ name }) => !gone.includes(name)),
  queues: desired.queues.filter(({ name }) => !gone.includes(name)),
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

const ALLOWED = [
  ...["max-disruption-share", "empty-set", "other-folder", "contract", "black-hole", "protected", "unmanaged-pin"],
  ...["ownership", "references", "unseen-settings"],
];

const leftBehind = ({ notices }: Plan) =>
  notices.flatMap(({ code, message }) => (code === "left-behind" ? [message] : []));

/** What takes no work, as `KIND NAME`. */
async function listOut({ reader }: ServedWorld): Promise<readonly string[]> {
  const [clusters, queues] = [await reader.listClusters("live"), await reader.listQueues("live")];
  // The queue of a cluster is drained with it.
  const objects = [...clusters, ...queues.filter((queue) => !queue.cluster_managed)];
  return objects
    .filter(({ state }) => state === "drained" || state === "draining")
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Plans and applies until nothing is left to do, and gives the plan that says so. */
async function settle(world: ServedWorld, desired: Desired, options: Partial<PlanOptions>): Promise<Plan> {
  for (let turn = 0; turn < 4; turn += 1) {
    const plan = await world.plan(desired, options);
    const back = plan.changes.filter(isPutBack).map(({ address }) => address);
    // As a pass does.
    await world.apply(plan.applyable ? plan : takePutBacks(plan, back));
  }
  return world.plan(desired, options);
}

/** What is out of service in the end though it was in service before, and is not reported. */
async function listSilent(
  world: ServedWorld,
  { before, plan, wanted }: { before: readonly string[]; plan: Plan; wanted: readonly string[] },
): Promise<readonly string[]> {
  const told = leftBehind(plan).join("\n");
  const out = await listOut(world);
  return out.filter((name) => !before.includes(name) && !wanted.includes(name) && !told.includes(`${name} was`));
}

/** The writes after which a run is killed, until it ends before. */
async function* killEverywhere(past: ServedWorld, next: Desired): AsyncGenerator<readonly [ServedWorld, string]> {
  for (const when of ["before", "after"] as const) {
    for (let at = 1; ; at += 1) {
      const world = forkWorld(past);
      const plan = await world.plan(next, { allow: ALLOWED, prune: "all" });
      if (!(await killApply(world, plan, { at, when }))) break;
      yield [world, `killed ${when} call ${at}`];
    }
  }
}

async function openPast(store = true): Promise<ServedWorld> {
  const world = await serveWorld(GENERATION, { store });
  await world.converge(PAST);
  return world;
}

describe("what a killed run has drained on its way, and what leaves the manifests before the next one", () => {
  const EDITS: readonly (readonly [string, Desired])[] = [
    ["its cluster is let go", without(PAST, ["c1", "extra"])],
    ["its queue is let go", without(PAST, ["extra"])],
    ["its cluster is renamed", renamed(renamed(PAST, "c1"), "extra")],
  ];

  test.each(EDITS)("is put back into service where %s", async (_name, edit) => {
    const past = await openPast();
    let put_back = 0;
    for await (const [world, when] of killEverywhere(past, MOVED)) {
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

  test.each(EDITS)("is reported where %s and nothing is pruned, until it is in service", async (_name, edit) => {
    const past = await openPast();
    let reported = 0;
    for await (const [world, when] of killEverywhere(past, MOVED)) {
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
    for await (const [world, when] of killEverywhere(past, drained)) {
      const plan = await world.plan(without(PAST, ["extra"]), { allow: ALLOWED });
      expect([plan.steps, leftBehind(plan)], when).toEqual([[], []]);
    }
  });

  test("is reported until somebody decides where another registration has taken its place", async () => {
    const past = await openPast();
    const options = { allow: ALLOWED, on_pool_change: "replace" as const };
    let reported = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; ; at += 1) {
        const world = forkWorld(past);
        if (!(await killApply(world, await world.plan(MOVED, options), { at, when }))) break;
        const edit = without(PAST, ["c1", "extra"]);
        const plan = await settle(world, edit, options);
        expect(await listSilent(world, { before: [], plan, wanted: [] }), `killed ${when} call ${at}`).toEqual([]);
        reported += leftBehind(plan).length;
        for (const name of await listOut(world)) await activate(world, name);
        expect(leftBehind(await settle(world, edit, options)), `killed ${when} call ${at}`).toEqual([]);
      }
    }
    expect(reported).toBeGreaterThan(0);
  });
});

async function activate(world: ServedWorld, name: string): Promise<void> {
  const [kind, physical = ""] = name.split(" ");
  if (kind === "queue") {
    const queue = await world.reader.getQueue(physical);
    return world.writer.setQueueState(physical, "active", queue?.generation ?? "");
  }
  const cluster = await world.reader.getCluster(physical);
  await world.writer.setClusterState(physical, "active", cluster?.generation ?? "");
}

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
      for await (const [world, when] of killEverywhere(past, PAST)) {
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
    for await (const [world, when] of killEverywhere(past, drained)) {
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
    for (const when of ["before", "after"] as const) {
      for (let at = 1; ; at += 1) {
        const world = forkWorld(first);
        if (!(await killApply(world, await world.plan(moved, options), { at, when }))) break;
        drained += (await listOut(world)).length;
        await settle(world, moved, options);
        expect(await listOut(world), `killed ${when} call ${at}`).toEqual([]);
      }
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

async function drain(world: ServedWorld, name: string): Promise<void> {
  const { generation = "" } = (await world.reader.getQueue(name)) ?? {};
  await world.writer.setQueueState(name, "draining", generation);
}

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

test(
  "wherever a run is killed, whatever leaves the manifests then, and whether or not its store is restored, nothing that it has drained on its way is out of service and not reported",
  async () => {
    const folders = fc.tuple(arbitraryDesired(GENERATION), arbitraryDesired(GENERATION));
    const kills = fc.record({ at: fc.integer({ min: 5, max: 90 }), when: fc.constantFrom("before", "after") });
    const left = fc.array(fc.constantFrom("c1", "c2", "c3", "c4", "c5", "q1", "q2", "q3", "q4"), { minLength: 2 });
    const prunes = fc.constantFrom("owned", "none");
    let drained = 0;
    await assertUntil(
      () => drained > 0,
      fc.asyncProperty(
        folders,
        kills,
        left,
        prunes,
        fc.boolean(),
        async ([past, next], kill, gone, prune, restores) => {
          const world = await serveWorld(GENERATION);
          const first = await world.plan(orphan(past), { allow: ALLOWED });
          if (!first.applyable || (await world.apply(first)).status !== "applied") return;
          const before = await listOut(world);
          const plan = await world.plan(orphan(next), { allow: ALLOWED, prune: "all" });
          const wanted = listWantedDrained(plan);
          if (!plan.applyable || !(await killApply(world, plan, kill as Kill))) return;
          const out = (await listOut(world)).filter((name) => !before.includes(name) && !wanted.includes(name));
          if (restores) await restoreNow(world);
          const edit = without(orphan(next), gone);
          const rest = await settle(world, edit, { allow: ALLOWED, prune: prune as PlanOptions["prune"] });
          if (!rest.applyable || rest.steps.length > 0) return;
          drained += out.length;
          expect(await listSilent(world, { before, plan: rest, wanted })).toEqual([]);
        },
      ),
      SETTINGS,
    );
  },
  LONGEST_MS,
);

/** What manifests want drained, as `KIND NAME`. */
function listWantedDrained({ changes }: Plan): readonly string[] {
  return changes
    .filter(({ after }) => after?.state === "drained")
    .map(({ address, physical_name }) => `${address.slice(0, address.indexOf("."))} ${physical_name}`);
}

describe("after a restore from a backup of a change on its way", () => {
  const [rest, extra] = [WITHOUT_EXTRA, desiredQueue("extra", "pa", ["c1"])];
  const whole = { ...rest, queues: [...rest.queues, extra] };

  /** Breaks off the delete of a queue once that is drained; the store is restored from a backup of then. */
  const serveRestored = async () => {
    const world = await serveWorld(GENERATION);
    await world.converge(whole);
    const delete_ = { method: "DeleteQueue", code: "unavailable" } as const;
    await world.fault({ ...delete_, count: 1_000 });
    expect((await world.apply(await world.plan(rest))).left_drained).toEqual(["queue.extra"]);
    await restoreNow(world);
    return world;
  };

  test("what it has drained is reported where its manifest leaves the state to others, until it is in service", async () => {
    const world = await serveRestored();
    const leaves = { ...LIFECYCLE, ignore_changes: ["state"] };
    const ignoring = { ...rest, queues: [...rest.queues, { ...extra, lifecycle: leaves }] };
    const plan = await settle(world, ignoring, {});
    expect(plan.steps).toEqual([]);
    expect(leftBehind(plan)).toEqual([expect.stringMatching(/queue extra was drained by an apply at .*backup/)]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, ignoring, {}))).toEqual([]);
    await drain(world, "extra");
    expect(leftBehind(await world.plan(ignoring))).toEqual([]);
  });

  test("what it has drained is reported as long as its delete waits", async () => {
    const world = await serveRestored();
    const plan = await world.plan(rest);
    expect(plan.steps.map(({ id }) => id)).toEqual(["queue.extra/delete"]);
    expect(leftBehind(plan)).toEqual([expect.stringContaining("queue extra was drained")]);
  });

  test("what it has drained is reported where nothing is pruned, until it is in service", async () => {
    const world = await serveRestored();
    const options = { prune: "none" } as const;
    expect(leftBehind(await settle(world, rest, options))).toEqual([
      expect.stringContaining("queue extra was drained"),
    ]);
    await activate(world, "queue extra");
    expect(leftBehind(await settle(world, rest, options))).toEqual([]);
  });

  test("nothing is reported of what its manifest decides on: it is put into service", async () => {
    const world = await serveRestored();
    const plan = await settle(world, whole, {});
    expect([plan.steps, leftBehind(plan), await listOut(world)]).toEqual([[], [], []]);
  });
});

async function restoreNow(world: ServedWorld): Promise<void> {
  const database = await openDatabase(world.storeDir ?? "");
  const backup: StoredRow[] = [];
  for await (const row of database.snapshot()) backup.push(row);
  await database.restore(
    (async function* () {
      yield* backup;
    })(),
    true,
  );
  await database.close();
}
