import type { Generation } from "../../src/model/objects/live.ts";
import { alterFlyte, FLYTE_CHANGES, type FlyteChange, repairFlyte, type WorldFlyte } from "./flyte-world.ts";
import type { Random } from "./random.ts";
import { ROW_FOLDERS, ROW_SCOPES, type RowFolder, type RowName, readRowName } from "./rows.ts";

/** What the manifests of a soak want. Altered in place, one change after the other. */
export interface World {
  readonly generation: Generation;
  /** Every cluster and queue has its state in `ignore_changes`: nobody changes one then, and all are in service at rest. */
  readonly ignoresStates: boolean;
  readonly pools: Map<string, WorldPool>;
  readonly clusters: Map<string, WorldCluster>;
  readonly queues: Map<string, WorldQueue>;
  /** Queue of runs that name none, in the domain `development`; null: not said. */
  defaultQueue: string | null;
  memoryLimit: number;
  /** Rows of flyteadmin to what they say: a pool, or a label. */
  readonly rows: Map<RowName, string>;
  /** Queue of runs of one project that name none; null: not said. */
  projectQueue: string | null;
  /** Flyte's clusters, by name. */
  readonly flyte: Map<string, WorldFlyte>;
  /** What tells the next object apart, and what a name that nothing ever had is made of: never goes back, whatever is reverted. */
  next: number;
  /** Whether a pool was renamed since the daemon was last at rest. */
  renamed: boolean;
}
/** What an object is, whatever it is called. */
export interface Identified {
  /** The same for as long as its manifest is there, by whatever name. */
  readonly id: number;
  /** What its manifest says in `previously`; null: nothing. */
  previously: string | null;
}
export interface WorldPool extends Identified {
  readonly bucket: string;
  locator: string;
}
export interface WorldCluster extends Identified {
  pool: string;
  drained: boolean;
  runConcurrency: number | null;
}
export interface WorldQueue extends Identified {
  pool: string;
  /** Empty: every member of the pool. */
  clusters: string[];
  depth: number;
  priority: "min" | "medium" | "max";
  drained: boolean;
}

export const POOLS = ["pa", "pb", "pc"] as const;
export const CLUSTERS = ["c1", "c2", "c3", "c4", "c5", "c6"] as const;
export const QUEUES = ["q1", "q2", "q3", "q4", "q5", "q6"] as const;
const ALL_POOLS = ["default", ...POOLS] as const;
export const LABELS = ["l1", "l2", "l3"] as const;
const PRIORITIES = ["min", "medium", "max"] as const;

/** Two pools, three clusters, two queues. */
export function createWorld(generation: Generation, ignoresStates = false): World {
  const cluster = (id: number, pool: string): WorldCluster => ({
    ...identify(id),
    pool,
    drained: false,
    runConcurrency: null,
  });
  const queue = (id: number, name: string): WorldQueue => ({ ...identify(id), ...NEW_QUEUE, pool: poolOfQueue(name) });
  return {
    ...{ generation, ignoresStates },
    pools: new Map([
      ["pa", { ...identify(7), bucket: "pa", locator: "us-east-1" }],
      ["pb", { ...identify(8), bucket: "pb", locator: "us-east-1" }],
    ]),
    clusters: new Map([
      ["c1", cluster(1, "pa")],
      ["c2", cluster(2, "pa")],
      ["c3", cluster(3, "pb")],
    ]),
    queues: new Map([
      ["q1", queue(4, "q1")],
      ["q2", queue(5, "q2")],
    ]),
    defaultQueue: null,
    memoryLimit: 16,
    rows: new Map<RowName, string>([["cluster-pool-attributes project1/development", "pa"]]),
    projectQueue: null,
    flyte: new Map([["f1", { ...identify(6), path: "d1", labels: ["l1", "l2"], planes: ["dp1", "dp2"], replicas: 1 }]]),
    // Greater than the number of any name that is drawn.
    next: 10,
    renamed: false,
  };
}

const NEW_QUEUE = { clusters: [], depth: 100, priority: "medium", drained: false } satisfies Partial<WorldQueue>;

function identify(id: number): Identified {
  return { id, previously: null };
}

/** Makes one world want what another one does. */
export function copyWorld(from: World, to: World): void {
  const copy = structuredClone(from);
  for (const kind of ["pools", "clusters", "queues", "rows", "flyte"] as const) {
    to[kind].clear();
    for (const [name, object] of copy[kind]) to[kind].set(name as never, object as never);
  }
  to.defaultQueue = copy.defaultQueue;
  to.memoryLimit = copy.memoryLimit;
  to.projectQueue = copy.projectQueue;
}

const CHANGES = {
  queueFields: 6,
  selector: 4,
  addQueue: 4,
  removeQueue: 2,
  addCluster: 4,
  removeCluster: 2,
  moveCluster: 4,
  clusterFields: 3,
  drainQueue: 2,
  drainCluster: 1,
  settings: 3,
  removePool: 1,
  movePoolOfQueue: 1,
  addRow: 5,
  changeRow: 3,
  removeRow: 4,
  renameQueue: 2,
  renameCluster: 2,
  renamePool: 1,
  ...FLYTE_CHANGES,
} as const;
type Change = keyof typeof CHANGES;
/** Most clusters, and most queues, whatever they were renamed to. */
const MOST = 6;

/** Changes one thing, and whatever has to follow so that the manifests stay valid and no queue of theirs routes nowhere. Tells what. */
export function changeWorld(world: World, random: Random): string {
  const change = random.weigh(CHANGES);
  alter(world, change, random);
  repair(world);
  return change;
}

function isOfFlyte(change: Change): change is FlyteChange {
  return change in FLYTE_CHANGES;
}

function alter(world: World, change: Change, random: Random): void {
  if (isOfFlyte(change)) {
    alterFlyte(world, change, random);
    return;
  }
  const { clusters, queues, pools } = world;
  const queue = queues.size > 0 ? queues.get(random.pick([...queues.keys()])) : undefined;
  const cluster = clusters.size > 0 ? clusters.get(random.pick([...clusters.keys()])) : undefined;
  const drains = world.generation === "2026-11";
  const drawPool = () => random.pick([...new Set([...ALL_POOLS, ...pools.keys()])]);
  switch (change) {
    case "queueFields":
      if (queue !== undefined)
        Object.assign(queue, { depth: 1 + random.below(500), priority: random.pick(PRIORITIES) });
      return;
    case "selector":
      if (queue !== undefined) {
        queue.clusters = listActive(world, queue.pool).filter(() => random.chance(0.5));
      }
      return;
    case "addQueue": {
      const name = random.pick(QUEUES);
      const pool = drains ? drawPool() : poolOfQueue(name);
      const depth = 1 + random.below(500);
      if (!queues.has(name) && queues.size < MOST) {
        queues.set(name, { ...identify(world.next++), ...NEW_QUEUE, pool, depth });
      }
      return;
    }
    case "removeQueue":
      if (queues.size > 1) queues.delete(random.pick([...queues.keys()]));
      return;
    case "addCluster": {
      const name = random.pick(CLUSTERS);
      const pool = drawPool();
      if (!clusters.has(name) && clusters.size < MOST) {
        clusters.set(name, { ...identify(world.next++), pool, drained: false, runConcurrency: null });
      }
      return;
    }
    case "removeCluster":
      if (clusters.size > 1) clusters.delete(random.pick([...clusters.keys()]));
      return;
    case "moveCluster":
      if (cluster !== undefined) cluster.pool = drawPool();
      return;
    case "clusterFields":
      if (cluster !== undefined) cluster.runConcurrency = random.chance(0.3) ? null : 1 + random.below(50);
      return;
    case "drainQueue":
      if (queue !== undefined && drains && !world.ignoresStates) queue.drained = !queue.drained;
      return;
    case "drainCluster":
      if (cluster !== undefined && drains && !world.ignoresStates) cluster.drained = !cluster.drained;
      return;
    case "settings":
      world.memoryLimit = 1 + random.below(64);
      world.defaultQueue = random.chance(0.3) || queues.size === 0 ? null : random.pick([...queues.keys()]);
      world.projectQueue = random.chance(0.5) || queues.size === 0 ? null : random.pick([...queues.keys()]);
      return;
    case "addRow": {
      const folder = random.pick(ROW_FOLDERS);
      world.rows.set(`${folder} ${random.pick(ROW_SCOPES)}`, drawValue(world, folder, random));
      return;
    }
    case "changeRow":
    case "removeRow": {
      if (world.rows.size === 0) return;
      const name = random.pick([...world.rows.keys()]);
      if (change === "removeRow") world.rows.delete(name);
      else world.rows.set(name, drawValue(world, readRowName(name).folder, random));
      return;
    }
    case "renameQueue": {
      if (queue === undefined) return;
      const [from, to] = rename(world, queues, "q", random);
      if (world.defaultQueue === from) world.defaultQueue = to;
      if (world.projectQueue === from) world.projectQueue = to;
      return;
    }
    case "renameCluster": {
      if (cluster === undefined) return;
      const [from, to] = rename(world, clusters, "c", random);
      for (const other of queues.values()) other.clusters = other.clusters.map((name) => (name === from ? to : name));
      return;
    }
    case "renamePool": {
      // Elsewhere a pool that was emptied stays, and its name with it.
      if (!drains || pools.size === 0) return;
      // Of two renames before one is applied, the manifest would give a name that the pool never had, and the bucket of a live one.
      if (world.renamed) return;
      world.renamed = true;
      const [from, to] = rename(world, pools, "p", random);
      for (const one of [...clusters.values(), ...queues.values()]) if (one.pool === from) one.pool = to;
      for (const [row, value] of world.rows) if (value === from && isOfPool(row)) world.rows.set(row, to);
      return;
    }
    case "removePool":
      if (pools.size > 0) pools.delete(random.pick([...pools.keys()]));
      return;
    case "movePoolOfQueue":
      if (queue !== undefined && drains) queue.pool = drawPool();
      return;
  }
}

/** Gives one of them a name that nothing had before. */
export function rename<T extends Identified>(
  world: World,
  objects: Map<string, T>,
  letter: string,
  random: Random,
): readonly [from: string, to: string] {
  const from = random.pick([...objects.keys()]);
  const object = objects.get(from) as T;
  const to = `${letter}${world.next++}`;
  objects.delete(from);
  objects.set(to, { ...object, previously: from });
  return [from, to];
}

/** What somebody else is called now is nobody's earlier name. */
export function dropReused(objects: ReadonlyMap<string, Identified>): void {
  for (const object of objects.values()) {
    if (object.previously !== null && objects.has(object.previously)) object.previously = null;
  }
}

function isOfPool(row: RowName): boolean {
  return readRowName(row).folder === "cluster-pool-attributes";
}

function drawValue({ pools }: World, folder: RowFolder, random: Random): string {
  return folder === "cluster-pool-attributes" ? random.pick(["default", ...pools.keys()]) : random.pick(LABELS);
}

/** On 2026-07 a queue keeps its pool for ever. */
function poolOfQueue(name: string): string {
  return ALL_POOLS[1 + (QUEUES.indexOf(name as never) % 2)] ?? "pa";
}

function listActive({ clusters }: World, pool: string): string[] {
  return [...clusters].filter(([, cluster]) => cluster.pool === pool && !cluster.drained).map(([name]) => name);
}

function repair(world: World): void {
  const { clusters, queues, pools } = world;
  for (const [name, queue] of queues) {
    const active = listActive(world, queue.pool);
    queue.clusters = queue.clusters.filter((cluster) => active.includes(cluster));
    if (active.length === 0) queues.delete(name);
  }
  for (const { pool } of [...clusters.values(), ...queues.values()]) {
    if (pool === "default" || pools.has(pool)) continue;
    const id = world.next++;
    // One that was called so may have the bucket still.
    const bucket = [...pools.values()].some((other) => other.bucket === pool) ? `${pool}-${id}` : pool;
    pools.set(pool, { ...identify(id), bucket, locator: "us-east-1" });
  }
  dropReused(pools);
  dropReused(clusters);
  dropReused(queues);
  repairFlyte(world);
  for (const [name, value] of world.rows) {
    if (isOfPool(name) && !pools.has(value)) world.rows.set(name, "default");
  }
  if (world.projectQueue !== null && !queues.has(world.projectQueue)) world.projectQueue = null;
  if (world.defaultQueue !== null && !queues.has(world.defaultQueue)) world.defaultQueue = null;
}
