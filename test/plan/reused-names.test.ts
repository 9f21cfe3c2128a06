/** Names that are used again, by other objects, after runs that were stopped half-way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { isEmptyPlan } from "../../src/model/plan/plan.ts";
import { indexWorld, isCoNamed, isLive } from "../../src/plan/input/index-world.ts";
import { readLive } from "../../src/reconcile/live/read-live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 30),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

const NAMES = ["a", "b", "c", "d"] as const;
/** A name that is free again for a moment is taken by a commit that was not applied yet: then nothing tells what was renamed. */
const MORE_NAMES = [...NAMES, "e", "f", "g", "h", "i"] as const;
const POOLS = ["pa", "pb"] as const;

/** One manifest. */
interface Manifest {
  readonly kind: "cluster" | "queue";
  readonly name: string;
  readonly previously: string | null;
  readonly pool: string;
  readonly depth: number;
}

/** One revision of the folder. */
type Folder = readonly Manifest[];

/** Beside these, each pool has a cluster that nothing happens to, so that each queue routes somewhere. */
function toDesired(folder: Folder): Desired {
  const clusters = folder
    .filter(({ kind }) => kind === "cluster")
    .map(({ name, previously, pool, depth }) => ({ ...desiredCluster(name, pool, { queue: { depth } }), previously }));
  const queues = folder
    .filter(({ kind }) => kind === "queue")
    .map(({ name, previously, pool, depth }) => {
      const queue = desiredQueue(name, pool, ["*"]);
      return { ...queue, previously, spec: { ...queue.spec, depth } };
    });
  return {
    ...NOTHING_DESIRED,
    pools: POOLS.map((name) => desiredPool(name)),
    clusters: [...POOLS.map((pool) => desiredCluster(`f${pool}`, pool)), ...clusters],
    queues,
  };
}

/** A name that is declared is no manifest's former name. */
function withoutUsed(folder: Folder): Folder {
  const used = new Set(folder.map(({ kind, name }) => `${kind}.${name}`));
  return folder.map((one) =>
    one.previously !== null && used.has(`${one.kind}.${one.previously}`) ? { ...one, previously: null } : one,
  );
}

const COMMITS = ["rename", "rename", "revert", "revert", "remove", "add", "exchange", "edit", "chain"] as const;
type CommitKind = (typeof COMMITS)[number];
/** After the others, a folder says of each manifest which object it is. */
const TRACEABLE = COMMITS.filter((kind) => kind !== "chain");
const RENAMES: readonly CommitKind[] = ["rename", "revert"];

/** The next revision. */
function commit(history: readonly Folder[], draw: Draw, kinds: readonly CommitKind[] = COMMITS): Folder {
  const folder = history.at(-1) ?? [];
  const known = kinds === RENAMES ? history.flat() : folder;
  const names = kinds === RENAMES ? MORE_NAMES : NAMES;
  const freeFor = (kind: Manifest["kind"]) =>
    names
      .map((name) => (kind === "queue" ? `q${name}` : name))
      .filter((name) => !known.some((other) => other.kind === kind && other.name === name));
  const chosen = folder[draw(Math.max(0, folder.length - 1))];
  const change = (changed: Folder, from: Folder) => folder.map((one) => changed[from.indexOf(one)] ?? one);
  const how = kinds[draw(kinds.length - 1)];
  // A revert of renames that are long over names no one's former name.
  if (how === "revert") return history[kinds === RENAMES ? history.length - 2 : draw(history.length - 1)] ?? folder;
  const kind = draw(1) === 0 ? "cluster" : "queue";
  if (how === "add" || chosen === undefined) {
    const free = freeFor(kind);
    const name = free[draw(free.length - 1)];
    if (name === undefined) return folder;
    const added = { kind, name, previously: null, pool: POOLS[draw(1)] ?? "pa", depth: 1 + draw(3) } as const;
    return withoutUsed([...folder, added]);
  }
  const free = freeFor(chosen.kind);
  const name = free[draw(free.length - 1)] ?? chosen.name;
  const others = folder.filter((one) => one !== chosen && one.kind === chosen.kind);
  const other = others[draw(Math.max(0, others.length - 1))];
  const move = <T extends Manifest>(one: T): T =>
    kinds !== RENAMES && draw(3) === 0 ? { ...one, pool: POOLS[draw(1)] ?? "pa" } : one;
  switch (how) {
    case "rename": {
      const previously = name === chosen.name ? chosen.previously : chosen.name;
      return withoutUsed(change([move({ ...chosen, name, previously })], [chosen]));
    }
    case "remove":
      return folder.filter((one) => one !== chosen);
    case "edit":
      return change([{ ...chosen, pool: POOLS[draw(1)] ?? "pa", depth: 1 + draw(3) }], [chosen]);
    case "exchange": {
      if (other === undefined) return folder;
      const swapped = [
        { ...chosen, pool: other.pool, depth: other.depth },
        { ...other, pool: chosen.pool, depth: chosen.depth },
      ];
      return change(swapped, [chosen, other]);
    }
    default: {
      if (other === undefined || name === chosen.name) return folder;
      const moved = [
        { ...chosen, name, previously: null },
        move({ ...other, name: chosen.name, previously: other.name }),
      ];
      return withoutUsed(change(moved, [chosen, other]));
    }
  }
}

const ENDS = ["interrupt", "kill before", "kill after", "kill recording", "kill recording"] as const;

const keepsQueues = (world: World) => world.model.state.generation === "2026-07";

const isNamed = ({ kind }: OwnedObject) => kind === "cluster" || kind === "queue";

/** The live registrations, but for the queues that clusters have as their own. */
async function readRegistrations({ reader }: World): Promise<readonly string[]> {
  const live = await readLive(reader);
  const world = indexWorld(live);
  const isOwn = (queue: (typeof live.queues)[number]) => !isCoNamed(queue, world) && queue.name !== "default";
  const found = [...live.clusters.filter(isLive), ...live.queues.filter(isLive).filter(isOwn)];
  return found.map(({ kind, name }) => `${kind}.${name}`).sort();
}

/**
 * At rest each manifest has one registration, which is on record and live, and nothing else of poolkeeper's is live. Where queues can't be
 * deleted, those of removed manifests stay, and so do those that clusters had.
 */
async function expectAtRest(world: World, folder: Folder, strangers: readonly string[], story: string): Promise<void> {
  const { pools, clusters, queues } = toDesired(folder);
  const isCounted = (address: string) => !keepsQueues(world) || !address.startsWith("queue.");
  const declared = [...pools, ...clusters, ...queues].map(({ address }) => address);
  const owned = await world.ledger.readOwned();
  const addresses = owned.map(({ address }) => address);
  expect(addresses, story).toEqual(expect.arrayContaining(declared));
  expect(addresses.filter(isCounted).sort(), story).toEqual(declared.filter(isCounted).sort());
  const registered = owned.filter(isNamed).map(({ kind, physical_name }) => `${kind}.${physical_name}`);
  expect(registered.sort(), story).toEqual([...new Set(registered)].sort());
  const live = await readRegistrations(world);
  expect(live, story).toEqual(expect.arrayContaining([...registered, ...strangers]));
  const expected = [...registered, ...strangers].filter(isCounted).sort();
  expect(live.filter(isCounted), story).toEqual(expected);
  const open = (await world.ledger.readOpenIntents()).filter(({ address }) => isCounted(address));
  expect(open, story).toEqual([]);
}

/** What other people have registered, under names that poolkeeper would make up. */
async function registerStrangers(world: World): Promise<readonly string[]> {
  await world.writer.registerCluster("a-pb", "pb");
  await world.writer.createQueue("qb-pa", desiredQueue("qb-pa", "pa", ["*"]).spec, "active");
  return ["cluster.a-pb", "queue.qb-pa"];
}

const START: Folder = [
  ...(["a", "b"] as const).map((name) => ({ kind: "cluster", name, previously: null, pool: "pa", depth: 1 }) as const),
  ...(["qa", "qb"] as const).map((name) => ({ kind: "queue", name, previously: null, pool: "pa", depth: 1 }) as const),
];

const describeFolder = (folder: Folder) =>
  folder.map(({ name, previously, pool, depth }) => `${name}<-${previously ?? ""} ${pool} ${depth}`).join(", ");

/** Applies random revisions, each stopped somewhere, and the last one to its end. */
async function walk(generation: Generation, draw: Draw): Promise<void> {
  const world = openWorld(generation);
  const history: Folder[] = [START];
  const story: string[] = [describeFolder(START)];
  expect((await carryOut(world, await planWorld(world, toDesired(START))))?.status).toBe("applied");
  const strangers = draw(1) === 0 ? [] : await registerStrangers(world);
  for (let count = 1 + draw(4); count > 0; count -= 1) {
    const folder = commit(history, draw);
    history.push(folder);
    const plan = await planWorld(world, toDesired(folder));
    const refused = plan.checks
      .filter(({ name, status }) => name === "ownership" && status === "fail")
      .flatMap(({ addresses }) => addresses.filter((address) => !address.startsWith("queue.") || !keepsQueues(world)));
    // Where something of ours is gone, what is called as its successor would be is asked about.
    if (strangers.length === 0) expect(refused, story.join("\n")).toEqual([]);
    if (!plan.applyable) {
      story.push(`${describeFolder(folder)}: refused`);
      continue;
    }
    const stop = draw(3) === 0 ? undefined : { at: draw(6), how: ENDS[draw(ENDS.length - 1)] ?? "interrupt" };
    const report = await carryOut(world, plan, { draw, ...(stop && { stop }) });
    story.push(
      `${describeFolder(folder)}: ${plan.steps.map(({ id }) => id).join(" ")} ${stop?.how} ${stop?.at} ${report?.status}`,
    );
    if (report?.status === "applied" && stop?.how !== "interrupt")
      await expectAtRest(world, folder, strangers, story.join("\n"));
  }
  const last = history.at(-1) ?? START;
  const plan = await planWorld(world, toDesired(last));
  story.push(`at rest: ${plan.steps.map(({ id }) => id).join(" ")}`);
  if (!plan.applyable) return;
  expect((await carryOut(world, plan))?.status, story.join("\n")).toBe("applied");
  await expectAtRest(world, last, strangers, story.join("\n"));
  expect(isEmptyPlan(await planWorld(world, toDesired(last))), story.join("\n")).toBe(true);
}

/** By the address of a manifest, the registration that it has. */
async function readNames({ ledger }: World): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await ledger.readOwned()).filter(isNamed).map(({ address, physical_name }) => [address, physical_name]),
  );
}

const placeOf = (live: Awaited<ReturnType<typeof readLive>>, address: string, name: string) =>
  address.startsWith("cluster.")
    ? live.clusters.find((one) => one.name === name && isLive(one))?.pool
    : live.queues.find((one) => one.name === name && isLive(one))?.spec.cluster_pool;

/** Applies a revision up to a point, and takes it back: what is live still, where it was, stays what it was. */
async function takeBack(generation: Generation, draw: Draw): Promise<void> {
  const world = openWorld(generation);
  const history: Folder[] = [START];
  const story: string[] = [describeFolder(START)];
  const put = async (folder: Folder, stop?: { readonly at: number; readonly how: (typeof ENDS)[number] }) => {
    const plan = await planWorld(world, toDesired(folder));
    story.push(`${describeFolder(folder)}: ${plan.steps.map(({ id }) => id).join(" ")} ${stop?.how} ${stop?.at}`);
    return plan.applyable ? await carryOut(world, plan, { draw, ...(stop && { stop }) }) : null;
  };
  expect((await put(START))?.status).toBe("applied");
  for (let count = 1 + draw(2); count > 0; count -= 1) {
    const folder = commit(history, draw);
    if ((await put(folder))?.status === "applied") history.push(folder);
  }
  const rest = history.at(-1) ?? START;
  if ((await put(rest))?.status !== "applied") return;
  const { clusters, queues } = toDesired(rest);
  // Where queues can't be deleted, they stay wherever they were replaced.
  const counted = [...clusters, ...(generation === "2026-07" ? [] : queues)];
  const declared = new Set<string>(counted.map(({ address }) => address));
  const before = [...(await readNames(world))].filter(([address]) => declared.has(address));
  const wasAt = await readLive(world.reader);
  const stop = { at: draw(6), how: ENDS[draw(ENDS.length - 1)] ?? "interrupt" };
  if ((await put(commit(history, draw, TRACEABLE), stop))?.status === "applied") return;
  const now = await readLive(world.reader);
  if ((await put(rest))?.status !== "applied") return;
  const after = await readNames(world);
  const stayed = before.filter(([address, name]) => placeOf(now, address, name) === placeOf(wasAt, address, name));
  for (const [address, name] of stayed)
    expect([address, after.get(address)], story.join("\n")).toEqual([address, name]);
  await expectAtRest(world, rest, [], story.join("\n"));
}

/**
 * Nothing knows a name that a killed run has not put on record: who renames an object once more still names the one before it as the former, as
 * the manifest did that was not applied.
 */
function renameRecorded(folder: Folder, before: Folder, recorded: ReadonlyMap<string, string>): Folder {
  return folder.map((one) => {
    const { kind, previously } = one;
    if (previously === null || recorded.has(`${kind}.${previously}`)) return one;
    const unknown = before.find((other) => other.kind === kind && other.name === previously);
    return unknown === undefined ? one : { ...one, previously: unknown.previously };
  });
}

/** Renames and reverts of renames, each stopped somewhere: nothing is registered or deleted for them. */
async function renameOnly(generation: Generation, draw: Draw): Promise<void> {
  const world = openWorld(generation);
  const history: Folder[] = [START];
  const story: string[] = [describeFolder(START)];
  expect((await carryOut(world, await planWorld(world, toDesired(START))))?.status).toBe("applied");
  for (let count = 2 + draw(5); count > 0; count -= 1) {
    const folder = renameRecorded(commit(history, draw, RENAMES), history.at(-1) ?? [], await readNames(world));
    const plan = await planWorld(world, toDesired(folder));
    const stop = draw(1) === 0 ? undefined : { at: draw(6), how: ENDS[draw(ENDS.length - 1)] ?? "interrupt" };
    story.push(`${describeFolder(folder)}: ${stop?.how} ${stop?.at}`);
    expect(
      plan.steps.map(({ id }) => id),
      story.join("\n"),
    ).toEqual([]);
    await carryOut(world, plan, { draw, ...(stop && { stop }) });
    history.push(folder);
  }
  const last = history.at(-1) ?? START;
  expect((await carryOut(world, await planWorld(world, toDesired(last))))?.status, story.join("\n")).toBe("applied");
  await expectAtRest(world, last, [], story.join("\n"));
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  test("names that go to other objects lose no registration and take nobody's, wherever runs are stopped", () =>
    fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(10_000)), async (numbers) => {
        const draws = numbers[Symbol.iterator]();
        await walk(generation, (most) => Number(draws.next().value) % (most + 1));
      }),
      SETTINGS,
    ));

  test("a commit that is taken back half-way leaves each registration to the manifest that it was of", () =>
    fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(10_000)), async (numbers) => {
        const draws = numbers[Symbol.iterator]();
        await takeBack(generation, (most) => Number(draws.next().value) % (most + 1));
      }),
      SETTINGS,
    ));

  test("renames and their reverts register and delete nothing, wherever runs are stopped", () =>
    fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(10_000)), async (numbers) => {
        const draws = numbers[Symbol.iterator]();
        await renameOnly(generation, (most) => Number(draws.next().value) % (most + 1));
      }),
      SETTINGS,
    ));
});
