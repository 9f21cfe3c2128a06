import type { Address } from "../../model/address.ts";
import {
  type Capabilities,
  isGone,
  isInService,
  type LiveCluster,
  type LivePool,
  type LiveQueue,
  type LiveState,
} from "../../model/objects/live.ts";

/** The live state, indexed once so that every later look-up is constant. Iteration order is that of the names. */
export interface World {
  readonly capabilities: Capabilities;
  /** All records, soft-deleted ones included. */
  readonly pools: ReadonlyMap<string, LivePool>;
  readonly clusters: ReadonlyMap<string, LiveCluster>;
  readonly queues: ReadonlyMap<string, LiveQueue>;
  /** Names of the live clusters of each pool. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Live queues bound to each pool, co-named ones included. */
  readonly queuesOf: ReadonlyMap<string, readonly LiveQueue[]>;
  /** Live queues that name a cluster in their selector, its own co-named queue left out. */
  readonly pinning: ReadonlyMap<string, readonly LiveQueue[]>;
}

/** Whether a cluster is in service before a plan. */
export function servesNow(cluster: string, { clusters }: Pick<World, "clusters">): boolean {
  const live = clusters.get(cluster);
  return live !== undefined && isInService(live);
}

/** A pool, cluster or queue that exists: neither soft-deleted nor on its way there. */
export function isLive(object: LivePool | LiveCluster | LiveQueue | undefined): boolean {
  if (object === undefined) return false;
  return object.kind === "cluster_pool" ? !object.deleted : !isGone(object.state);
}

/** Whether a live queue is the implicit queue of a live cluster: marked so, or (2026-07) of its name and pool. */
export function isCoNamed(queue: LiveQueue, world: Pick<World, "capabilities" | "clusters">): boolean {
  if (world.capabilities.co_named_managed) return queue.cluster_managed;
  const cluster = world.clusters.get(queue.name);
  return cluster !== undefined && isLive(cluster) && cluster.pool === queue.spec.cluster_pool;
}

/** Whether a selector is the wildcard. */
export function isWildcard(clusters: readonly string[]): boolean {
  return clusters.length === 1 && clusters[0] === "*";
}

/** Indexes a live state. Cost is linear in its objects and selector entries. */
export function indexWorld(live: LiveState): World {
  const clusters = byName(live.clusters);
  const members = new Map<string, string[]>();
  for (const cluster of live.clusters) if (isLive(cluster)) append(members, cluster.pool, cluster.name);
  const queuesOf = new Map<string, LiveQueue[]>();
  const pinning = new Map<string, LiveQueue[]>();
  for (const queue of live.queues) {
    if (!isLive(queue)) continue;
    append(queuesOf, queue.spec.cluster_pool, queue);
    if (isWildcard(queue.spec.clusters)) continue;
    for (const name of queue.spec.clusters) if (name !== queue.name) append(pinning, name, queue);
  }
  return {
    capabilities: live.capabilities,
    pools: byName(live.pools),
    clusters,
    queues: byName(live.queues),
    members,
    queuesOf,
    pinning,
  };
}

/** Adds to the list that a map keeps under a key. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Compares names and addresses the same on every machine: by code unit, never by locale. */
export function compareText(left: string | Address, right: string | Address): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [object.name, object]));
}
