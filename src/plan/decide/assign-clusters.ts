import type { DesiredCluster } from "../../model/objects/desired.ts";
import type { LiveCluster } from "../../model/objects/live.ts";
import { isLive, type World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import {
  type ClusterAssignment,
  findClusters,
  findReplaced,
  isLeftBehind,
  type Memory,
  mayBeOurs,
} from "./assign-registrations.ts";
import { chooseName } from "./choose-name.ts";

/** What names of clusters must keep clear of. */
interface Names {
  /** Logical names of all desired clusters. */
  readonly clusters: ReadonlySet<string>;
  /** Logical names of all desired queues. */
  readonly queues: ReadonlySet<string>;
  /** Physical names given out so far in this plan. */
  readonly taken: Set<string>;
}

/**
 * Decides for each desired cluster which live registration stands for it, whether that one stays, moves or is replaced, and
 * under which name a new one is registered. `poolOf` gives a pool's physical name; `poolsAfter` are the pools that exist once
 * the plan's pools are made.
 */
export function assignClusters(
  input: PlanInput,
  world: World,
  memory: Memory,
  poolOf: (logical: string) => string,
  poolsAfter: ReadonlySet<string>,
): readonly ClusterAssignment[] {
  const logical = new Set(input.desired.clusters.map((cluster) => cluster.name));
  const found = input.desired.clusters.map((cluster) => findClusters(cluster, world, memory, logical));
  const names: Names = {
    clusters: logical,
    queues: new Set(input.desired.queues.map((queue) => queue.name)),
    taken: new Set(found.flatMap((entry) => entry.records.map((record) => record.name))),
  };
  return input.desired.clusters.map((cluster, index) => {
    const { records, foundBy } = found[index] ?? { records: [], foundBy: "none" };
    // An ignored pool is the one it has: neither compared nor changed.
    const ignored = cluster.lifecycle.ignore_changes.includes("pool") ? records[0]?.pool : undefined;
    const pool = ignored ?? poolOf(cluster.pool);
    // One that is already under way is continued, not started again.
    const asked = input.options.replace.includes(cluster.address) && records.length < 2;
    const placed = asked ? undefined : records.find((record) => record.pool === pool);
    const base = { desired: cluster, pool, foundBy, byRequest: false };
    if (placed !== undefined) {
      const predecessors = records.filter((record) => record !== placed);
      const verb = predecessors.length > 0 ? "replace" : "keep";
      return { ...base, physical: placed.name, verb, current: placed, predecessors };
    }
    const first = records[0];
    if (first !== undefined && !asked && canMove(input, world)) {
      return { ...base, physical: first.name, verb: "move", current: first, predecessors: records.slice(1) };
    }
    const name = chooseClusterName(cluster, pool, { world, memory, names, poolsAfter });
    names.taken.add(name);
    const record = world.clusters.get(name) ?? null;
    if (first !== undefined) {
      return { ...base, physical: name, verb: "replace", current: record, predecessors: records, byRequest: asked };
    }
    const lookAlike = findUnrecorded(cluster, name, { world, memory, names });
    return {
      ...{ ...base, physical: name, verb: record === null ? "create" : "restore", current: record, predecessors: [] },
      ...(lookAlike !== undefined && { lookAlike }),
    };
  });
}

/**
 * A registration beside which a cluster would be registered a second time, if it is its own: a store that owns nothing may have been lost. One that
 * owns something knows what is its own, so that strangers' names hold nothing up. A name that the manifest gives to a new registration says
 * that it is another one.
 */
function findUnrecorded(
  cluster: DesiredCluster,
  chosen: string,
  { world, memory, names }: Pick<Naming, "world" | "memory" | "names">,
): string | undefined {
  const mayBeLost = memory.ownership === "store" && memory.owned.size === 0;
  if (!mayBeLost || chosen === cluster.registration.name) return undefined;
  const found = findReplaced(cluster, world, memory, names.clusters);
  return found.find(({ name }) => !names.taken.has(name) && !mayBeOurs("cluster", name, memory))?.name;
}

/** Whether a wrong pool is fixed in place: as the policy says, by default as the generation supports. */
export function canMove(input: PlanInput, world: World): boolean {
  if (input.options.on_pool_change === "replace") return false;
  return input.options.on_pool_change === "move" || world.capabilities.cluster_move;
}

/** What decides about names of new registrations. */
interface Naming {
  readonly world: World;
  readonly memory: Memory;
  readonly names: Names;
  readonly poolsAfter: ReadonlySet<string>;
}

function chooseClusterName(cluster: DesiredCluster, pool: string, naming: Naming): string {
  const { world, memory, names, poolsAfter } = naming;
  const wanted = cluster.registration.name ?? cluster.name;
  return chooseName(wanted, cluster.name, pool, (name) => {
    if (names.taken.has(name) || names.queues.has(name)) return false;
    if (name !== cluster.name && names.clusters.has(name)) return false;
    const record = world.clusters.get(name);
    // A name that no manifest gives makes nothing ours: not what is deleted, either.
    const isGiven = name === wanted || mayBeOurs("cluster", name, memory);
    if (record !== undefined) return isGiven && isRestorable(record, world, poolsAfter);
    return isQueueNameFree(name, pool, world) && (isGiven || isQueueOurs(name, world, memory));
  });
}

/** A soft-deleted cluster can come back when its pool is there and nothing else took its queue's name. */
function isRestorable(record: LiveCluster, world: World, poolsAfter: ReadonlySet<string>): boolean {
  if (!world.capabilities.undelete || isLive(record) || !poolsAfter.has(record.pool)) return false;
  const queue = world.queues.get(record.name);
  return queue === undefined || queue.cluster_managed;
}

/**
 * Whether a registration of this name would get its queue in the right pool. A queue keeps its pool permanently where it
 * can't be moved, and on 2026-11 an ordinary queue of a cluster's name is a collision in any pool.
 */
function isQueueNameFree(name: string, pool: string, world: World): boolean {
  const queue = world.queues.get(name);
  if (queue === undefined) return true;
  return !world.capabilities.co_named_managed && queue.spec.cluster_pool === pool;
}

/** Whether the queue that a registration would get, if one is there, is what a cluster has left, or poolkeeper's own. */
function isQueueOurs(name: string, world: World, memory: Memory): boolean {
  const queue = world.queues.get(name);
  return queue === undefined || isLeftBehind(queue, world) || mayBeOurs("queue", name, memory);
}
