import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listManagedPaths } from "../../src/manifests/desired/managed-paths.ts";
import type { JsonObject } from "../../src/model/json/json.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { desiredCluster, desiredPool, desiredQueue, LIFECYCLE } from "./arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { carryOut, type Walk } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 25),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** What is left alone, by the name of a queue or cluster. */
type Ignored = Readonly<Record<string, readonly string[]>>;

/** Where objects are to be; null: their manifests are gone. */
interface Folder {
  readonly c1: "pa" | "pb" | null;
  readonly any: "pa" | "pb" | null;
  readonly runs: number;
}

const REST: Folder = { c1: "pa", any: "pa", runs: 1 };

function declare({ c1, any, runs }: Folder, ignored: Ignored): Desired {
  const lifecycle = (name: string) => ({ lifecycle: { ...LIFECYCLE, ignore_changes: ignored[name] ?? [] } });
  const queue = (name: string, pool: string) => {
    const desired = desiredQueue(name, pool, ["*"], lifecycle(name));
    return { ...desired, spec: { ...desired.spec, run_concurrency: runs } };
  };
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa"), desiredPool("pb")],
    clusters: [
      ...(c1 === null ? [] : [desiredCluster("c1", c1, lifecycle("c1"))]),
      desiredCluster("c2", "pa", lifecycle("c2")),
      desiredCluster("c3", "pb"),
    ],
    queues: [...(any === null ? [] : [queue("any", any)]), queue("both", "pa")],
  };
}

async function apply(world: World, desired: Desired, walk?: Walk): Promise<void> {
  world.model.settle();
  await carryOut(world, await planWorld(world, desired), walk);
}

function putWork({ model }: World): void {
  for (const queue of ["any", "both", "c1"]) {
    if (!model.state.queue.rows.has(queue)) continue;
    const work = { runs: 2, actions: 0, depth: 0 };
    const record = { queue, cluster: "c1", ...work, peak: work, since: model.now() };
    model.commit([{ table: "work", key: `${queue}/c1`, record }]);
  }
}

function endWork({ model }: World): void {
  model.commit([...model.state.work.rows.keys()].map((key) => ({ table: "work" as const, key, record: null })));
}

/** State and selector of what is live, by kind and name. */
async function look(world: World): Promise<Readonly<Record<string, unknown>>> {
  const live = await readLive(world.reader);
  return Object.fromEntries([
    ...live.clusters.map(({ name, state }) => [`cluster.${name}`, { state }]),
    ...live.queues.map(({ name, state, spec }) => [`queue.${name}`, { state, clusters: spec.clusters }]),
  ]);
}

/** A world where a rollout waits for work that then ends, and the rollouts of later commits. */
async function rollOut(generation: Generation, ignored: Ignored, begun: Folder, later: readonly Folder[]) {
  const world = openWorld(generation);
  await apply(world, declare(REST, ignored));
  putWork(world);
  await apply(world, declare(begun, ignored), { wait_ms: 0 });
  const during = await look(world);
  for (const folder of later) await apply(world, declare(folder, ignored), { wait_ms: 0 });
  endWork(world);
  for (let pass = 0; pass < 3; pass += 1) await apply(world, declare(later.at(-1) ?? begun, ignored));
  return { world, during, after: await look(world) };
}

test.each(["cluster.c1", "queue.any"])(
  "%s is put back into service once it has moved, though its state is ignored",
  async (moved) => {
    const [, name = ""] = moved.split(".");
    const { world, during, after } = await rollOut("2026-11", { [name]: ["state"] }, { ...REST, [name]: "pb" }, []);
    expect(during[moved]).toMatchObject({ state: "draining" });
    expect(after[moved]).toMatchObject({ state: "active" });
    const [record] = (await world.ledger.readOwned()).filter(({ address }) => address === moved);
    expect(record?.manifest?.lifecycle).toMatchObject({ ignore_changes: ["state"] });
  },
);

test.each(["cluster.c1", "queue.any"])(
  "%s is put back into service where its delete is reverted, though its state is ignored",
  async (gone) => {
    const [, name = ""] = gone.split(".");
    const { during, after } = await rollOut("2026-11", { [name]: ["state"] }, { ...REST, [name]: null }, [REST]);
    expect(during[gone]).toMatchObject({ state: "draining" });
    expect(after[gone]).toMatchObject({ state: "active" });
  },
);

test("a queue that others have activated is put back into service after its move, though its manifest wants it drained", async () => {
  const world = openWorld("2026-11");
  const drained = (folder: Folder): Desired => {
    const declared = declare(folder, { any: ["state"] });
    return {
      ...declared,
      queues: declared.queues.map((one) => (one.name === "any" ? { ...one, state: "drained" } : one)),
    };
  };
  await apply(world, drained(REST));
  const any = (await readLive(world.reader)).queues.find(({ name }) => name === "any");
  await world.writer.setQueueState("any", "active", any?.generation ?? "");
  putWork(world);
  await apply(world, drained({ ...REST, any: "pb" }), { wait_ms: 0 });
  endWork(world);
  for (let pass = 0; pass < 3; pass += 1) await apply(world, drained({ ...REST, any: "pb" }));
  expect(await look(world)).toMatchObject({ "queue.any": { state: "active" } });
});

test("what others have drained before it was moved stays drained where its state is ignored", async () => {
  const world = openWorld("2026-11");
  const ignored = { any: ["state"] };
  await apply(world, declare(REST, ignored));
  const any = (await readLive(world.reader)).queues.find(({ name }) => name === "any");
  await world.writer.setQueueState("any", "draining", any?.generation ?? "");
  await apply(world, declare({ ...REST, any: "pb" }, ignored));
  await apply(world, declare({ ...REST, any: "pb" }, ignored));
  expect(await look(world)).toMatchObject({ "queue.any": { state: "drained" } });
});

test("what a rollout was killed at comes into the state of its manifest, though that is ignored once it is there", async () => {
  const folder = declare(REST, { c1: ["state"], any: ["state"] });
  const drained = (name: string) => (name === "c1" || name === "any" ? { state: "drained" as const } : {});
  const begun: Desired = {
    ...folder,
    clusters: folder.clusters.map((one) => ({ ...one, ...drained(one.name) })),
    queues: folder.queues.map((one) => ({ ...one, ...drained(one.name) })),
  };
  for (let at = 0; at < 10; at += 1) {
    for (const how of ["kill before", "kill after"] as const) {
      const world = openWorld("2026-11");
      await apply(world, begun, { stop: { at, how } });
      for (let pass = 0; pass < 3; pass += 1) await apply(world, begun);
      const expected = { "cluster.c1": { state: "drained" }, "queue.any": { state: "drained" } };
      expect(await look(world), `${how} ${at}`).toMatchObject(expected);
    }
  }
});

test("a queue that is renamed while it is drained for its move is put back into service", async () => {
  const ignored = { any: ["state"] };
  const world = openWorld("2026-11");
  await apply(world, declare(REST, ignored));
  putWork(world);
  const moved = declare({ ...REST, any: "pb" }, ignored);
  await apply(world, moved, { wait_ms: 0 });
  endWork(world);
  const main = { name: "main", address: "queue.main" as const, previously: "any" };
  const queues = moved.queues.map((one) => (one.name === "any" ? { ...one, ...main } : one));
  for (let pass = 0; pass < 3; pass += 1) await apply(world, { ...moved, queues });
  expect(await look(world)).toMatchObject({ "queue.any": { state: "active" } });
});

test.each([
  { how: "a commit that changes its limits", later: [{ ...REST, c1: null, runs: 2 }] },
  { how: "a revert", later: [REST] },
  { how: "no other commit", later: [] },
])("a `*` queue that was written out is set back after $how, though its selector is ignored", async ({ later }) => {
  const { during, after } = await rollOut("2026-07", { both: ["clusters"] }, { ...REST, c1: null }, later);
  expect(during["queue.both"]).toMatchObject({ clusters: ["c2"] });
  expect(after["queue.both"]).toMatchObject({ clusters: ["*"] });
});

test.each([true, false])(
  "a queue that was parked on its way names its clusters again, though its selector is ignored by then (reverted: %s)",
  async (isReverted) => {
    const world = openWorld("2026-11");
    const pins = (pool: "pa" | "pb", ignored: Ignored, named: readonly string[] = ["c1", "c2"]): Desired => {
      const folder = declare(REST, {});
      const lifecycle = { ...LIFECYCLE, ignore_changes: ignored.pins ?? [] };
      const clusters = [
        desiredCluster("c1", pool),
        desiredCluster("c2", pool),
        desiredCluster("c3", "pb"),
        desiredCluster("c4", "pa"),
      ];
      return { ...folder, clusters, queues: [...folder.queues, desiredQueue("pins", pool, named, { lifecycle })] };
    };
    await apply(world, pins("pa", {}));
    putWork(world);
    const begun = pins("pb", {});
    await apply(world, begun, { wait_ms: 0 });
    expect(await look(world)).toMatchObject({ "queue.pins": { state: "drained", clusters: ["*"] } });
    const ignored = { pins: ["clusters", "state"] };
    endWork(world);
    for (let pass = 0; pass < 3; pass += 1) await apply(world, pins(isReverted ? "pa" : "pb", ignored));
    expect(await look(world)).toMatchObject({ "queue.pins": { state: "active", clusters: ["c1", "c2"] } });
  },
);

/** Another value for a field, by the last keys of its path. */
const OTHER: Readonly<Record<string, unknown>> = {
  ...{ pool: "pb", cluster_pool: "pb", clusters: ["c1"], state: "drained" },
  ...{
    run_concurrency: 77,
    action_concurrency: 77,
    depth: 77,
    priority: "high",
    fairness: "priority",
    scheduling: "best_effort_fifo",
  },
  ...{
    max_resources: { cpu: "9" },
    cpu: "9",
    memory: "9Gi",
    ephemeral_storage: "9Gi",
    max_accelerators: { h100: 9 },
    h100: 9,
  },
  ...{
    object_store_ref: { uri: "s3://other", endpoint: "" },
    uri: "s3://other",
    endpoint: "https://other.example.com",
  },
  ...{ secret_store: { type: "VAULT", locator: "other" }, type: "VAULT", locator: "other" },
  image_registry: { locator: "other" },
  ...{
    config: {
      object_store_ref: { uri: "s3://other", endpoint: "" },
      secret_store: { type: "VAULT", locator: "x" },
      image_registry: null,
    },
  },
  queue: { depth: 77, priority: "high" },
};

function setAt(object: JsonObject, [key = "", ...rest]: readonly string[], value: unknown): JsonObject {
  const inner = object[key];
  const changed = rest.length === 0 ? value : setAt((inner ?? {}) as JsonObject, rest, value);
  return { ...object, [key]: changed as JsonObject };
}

/** Fields that a generation does not know: nothing is planned of them. */
const UNKNOWN: Readonly<Record<Generation, RegExp>> = {
  "2026-07": /state|scheduling|max_/,
  "2026-11": /fairness/,
};

const LIMITED = {
  ...{
    run_concurrency: 1,
    action_concurrency: 2,
    depth: 3,
    priority: "medium",
    fairness: "round_robin",
    scheduling: "strict_fifo",
  },
  ...{ max_resources: { cpu: "1", memory: "1Gi", ephemeral_storage: "1Gi" }, max_accelerators: { h100: 1 } },
} as const;
const CONFIG = { ...desiredPool("pa").config, image_registry: { locator: "registry" } };

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test.each([
    ...listManagedPaths("cluster_pool").map((path) => ({ kind: "cluster_pool", path }) as const),
    ...[...listManagedPaths("cluster"), "queue.max_accelerators.h100"].map(
      (path) => ({ kind: "cluster", path }) as const,
    ),
    ...[...listManagedPaths("queue"), "max_accelerators.h100"].map((path) => ({ kind: "queue", path }) as const),
  ])("$path of a $kind is left alone where it is ignored", async ({ kind, path }) => {
    const key = path.split(".").at(-1) ?? "";
    expect(Object.keys(OTHER)).toContain(key);
    const spread = { cluster_pool: path, cluster: path, queue: /^(state)$/.test(path) ? path : `spec.${path}` }[kind];
    const declareOne = (ignore: readonly string[], value?: unknown): Desired => {
      const folder = declare(REST, {});
      const edit = <One extends object>(one: One): One => {
        const ignoring = { ...one, lifecycle: { ...LIFECYCLE, ignore_changes: ignore } };
        return (value === undefined ? ignoring : setAt(ignoring as never, spread.split("."), value)) as never;
      };
      const c1 = { ...desiredCluster("c1", "pa"), queue: LIMITED };
      const any = folder.queues[0] ?? desiredQueue("any", "pa", ["*"]);
      const limited = { ...any, spec: { ...any.spec, ...LIMITED }, declared: Object.keys(LIMITED) as never };
      const pa = { ...desiredPool("pa"), config: CONFIG };
      return {
        ...folder,
        pools: [kind === "cluster_pool" ? edit(pa) : pa, desiredPool("pb")],
        clusters: [kind === "cluster" ? edit(c1) : c1, ...folder.clusters.filter(({ name }) => name !== "c1")],
        queues: [kind === "queue" ? edit(limited) : limited, ...folder.queues.slice(1)],
      };
    };
    const world = openWorld(generation);
    await apply(world, declareOne([path]));
    const isIdle = async (desired: Desired) => (await planWorld(world, desired)).changes.length === 0;
    expect(await isIdle(declareOne([path]))).toBe(true);
    expect(await isIdle(declareOne([path], OTHER[key]))).toBe(true);
    expect(await isIdle(declareOne([], OTHER[key]))).toBe(UNKNOWN[generation].test(path));
  });

  test("what is ignored is at rest as it was before rollouts that others had no hand in", async () => {
    const place = fc.constantFrom("pa" as const, "pb" as const, null);
    const folder = fc.record({ c1: place, any: place, runs: fc.integer({ min: 1, max: 2 }) });
    const paths = fc.subarray(["state", "clusters"]);
    const stop = fc.option(
      fc.record({
        at: fc.nat(8),
        how: fc.constantFrom("interrupt" as const, "kill before" as const, "kill after" as const),
      }),
    );
    const step = fc.record({ folder, stop, work: fc.boolean() });
    const ignored = fc.record({ any: paths, both: paths, c1: fc.subarray(["state"]), c2: fc.subarray(["state"]) });
    await fc.assert(
      fc.asyncProperty(ignored, fc.array(step, { minLength: 1, maxLength: 4 }), async (left, steps) => {
        const world = openWorld(generation);
        await apply(world, declare(REST, left));
        const before = await look(world);
        for (const { folder: next, stop: at, work } of steps) {
          if (work) putWork(world);
          await apply(world, declare(next, left), { wait_ms: 0, ...(at !== null && { stop: at }) });
          endWork(world);
        }
        for (let pass = 0; pass < 4; pass += 1) await apply(world, declare(REST, left));
        const after = await look(world);
        for (const name of ["cluster.c1", "cluster.c2", "queue.any", "queue.both"])
          if (name in after) expect([name, after[name]]).toEqual([name, before[name]]);
      }),
      SETTINGS,
    );
  });
});
