import type { Generation } from "../../src/model/live.ts";
import type { Random } from "./random.ts";
import { ROW_FOLDERS, ROW_SCOPES, type RowFolder, type RowName, readRowName } from "./rows.ts";

/** What the manifests of a soak want. Altered in place, one change after the other. */
export interface World {
  readonly generation: Generation;
  readonly pools: Map<string, { locator: string }>;
  readonly clusters: Map<string, WorldCluster>;
  readonly queues: Map<string, WorldQueue>;
  /** Queue of runs that name none, in the domain `development`; null: not said. */
  defaultQueue: string | null;
  memoryLimit: number;
  /** Rows of flyteadmin to what they say: a pool, or a label. */
  readonly rows: Map<RowName, string>;
  /** Queue of runs of one project that name none; null: not said. */
  projectQueue: string | null;
}
export interface WorldCluster {
  pool: string;
  drained: boolean;
  runConcurrency: number | null;
}
export interface WorldQueue {
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
const LABELS = ["l1", "l2", "l3"] as const;
const PRIORITIES = ["min", "medium", "max"] as const;

/** Two pools, three clusters, two queues. */
export function createWorld(generation: Generation): World {
  const cluster = (pool: string): WorldCluster => ({ pool, drained: false, runConcurrency: null });
  return {
    generation,
    pools: new Map([
      ["pa", { locator: "us-east-1" }],
      ["pb", { locator: "us-east-1" }],
    ]),
    clusters: new Map([
      ["c1", cluster("pa")],
      ["c2", cluster("pa")],
      ["c3", cluster("pb")],
    ]),
    queues: new Map([
      ["q1", { pool: poolOfQueue("q1"), clusters: [], depth: 100, priority: "medium", drained: false }],
      ["q2", { pool: poolOfQueue("q2"), clusters: [], depth: 100, priority: "medium", drained: false }],
    ]),
    defaultQueue: null,
    memoryLimit: 16,
    rows: new Map<RowName, string>([["cluster-pool-attributes project1/development", "pa"]]),
    projectQueue: null,
  };
}

/** Makes one world want what another one does. */
export function copyWorld(from: World, to: World): void {
  const copy = structuredClone(from);
  for (const kind of ["pools", "clusters", "queues", "rows"] as const) {
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
} as const;

/** Changes one thing, and whatever has to follow so that the manifests stay valid and no queue of theirs routes nowhere. Tells what. */
export function changeWorld(world: World, random: Random): string {
  const change = random.weigh(CHANGES);
  alter(world, change, random);
  repair(world);
  return change;
}

function alter(world: World, change: keyof typeof CHANGES, random: Random): void {
  const { clusters, queues, pools } = world;
  const queue = queues.size > 0 ? queues.get(random.pick([...queues.keys()])) : undefined;
  const cluster = clusters.size > 0 ? clusters.get(random.pick([...clusters.keys()])) : undefined;
  const drains = world.generation === "2026-11";
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
      const pool = drains ? random.pick(ALL_POOLS) : poolOfQueue(name);
      if (!queues.has(name)) {
        queues.set(name, { pool, clusters: [], depth: 1 + random.below(500), priority: "medium", drained: false });
      }
      return;
    }
    case "removeQueue":
      if (queues.size > 1) queues.delete(random.pick([...queues.keys()]));
      return;
    case "addCluster": {
      const name = random.pick(CLUSTERS);
      if (!clusters.has(name)) {
        clusters.set(name, { pool: random.pick(ALL_POOLS), drained: false, runConcurrency: null });
      }
      return;
    }
    case "removeCluster":
      if (clusters.size > 1) clusters.delete(random.pick([...clusters.keys()]));
      return;
    case "moveCluster":
      if (cluster !== undefined) cluster.pool = random.pick(ALL_POOLS);
      return;
    case "clusterFields":
      if (cluster !== undefined) cluster.runConcurrency = random.chance(0.3) ? null : 1 + random.below(50);
      return;
    case "drainQueue":
      if (queue !== undefined && drains) queue.drained = !queue.drained;
      return;
    case "drainCluster":
      if (cluster !== undefined && drains) cluster.drained = !cluster.drained;
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
    case "removePool":
      pools.delete(random.pick(POOLS));
      return;
    case "movePoolOfQueue":
      if (queue !== undefined && drains) queue.pool = random.pick(ALL_POOLS);
      return;
  }
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
    if (pool !== "default" && !pools.has(pool)) pools.set(pool, { locator: "us-east-1" });
  }
  for (const [name, value] of world.rows) {
    if (readRowName(name).folder === "cluster-pool-attributes" && !pools.has(value)) world.rows.set(name, "default");
  }
  if (world.projectQueue !== null && !queues.has(world.projectQueue)) world.projectQueue = null;
  if (world.defaultQueue !== null && !queues.has(world.defaultQueue)) world.defaultQueue = null;
}
