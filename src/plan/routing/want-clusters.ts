import type { Desired, DesiredCluster } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import type { NameOf } from "./name-of.ts";
import type { ClusterFact, RoutingFacts } from "./routing-facts.ts";
import { formatSource } from "./routing-facts.ts";

/** The clusters once manifests have their way, over those that are live and that no manifest names. */
export function wantClusters(
  desired: Desired,
  kept: Pick<RoutingFacts, "clusters">,
  live: LiveState | null,
  nameOf: NameOf,
): readonly ClusterFact[] {
  const buckets = findBuckets(desired, live, nameOf);
  const enabled = new Map(live?.clusters.map((cluster) => [cluster.name, cluster.enabled]));
  const clusters = new Map(kept.clusters.map((cluster) => [cluster.name, cluster]));
  for (const cluster of desired.clusters) {
    const name = nameOf("cluster", cluster.name);
    const now = clusters.get(name);
    const pool = now !== undefined && ignores(cluster, "pool") ? now.pool : nameOf("cluster_pool", cluster.pool);
    const isOn = enabled.get(name) !== false;
    clusters.set(name, {
      name,
      pool,
      in_service: now !== undefined && ignores(cluster, "state") ? now.in_service : isOn && isActive(cluster, live),
      // In another pool it is held against another contract.
      healthy: now?.pool === pool ? now.healthy : null,
      bucket: buckets.get(pool) ?? null,
      source: formatSource(cluster.source),
    });
  }
  return [...clusters.values()].map((cluster) => ({ ...cluster, bucket: buckets.get(cluster.pool) ?? null }));
}

/** Whether a cluster takes work as its manifest has it; a control plane without states has only active ones. */
export function isActive({ state }: Pick<DesiredCluster, "state">, live: LiveState | null): boolean {
  return state === "active" || live?.capabilities.cluster_state === false;
}

/** Whether a manifest leaves a field as it is live. */
export function ignores(object: Pick<DesiredCluster, "lifecycle">, field: string): boolean {
  return object.lifecycle.ignore_changes.includes(field);
}

function findBuckets(desired: Desired, live: LiveState | null, nameOf: NameOf): ReadonlyMap<string, string> {
  const now = live?.pools.filter(({ deleted }) => !deleted) ?? [];
  return new Map([
    ...now.map(({ name, config }) => [name, config.object_store_ref.uri] as const),
    ...desired.pools.map((pool) => [nameOf("cluster_pool", pool.name), pool.config.object_store_ref.uri] as const),
  ]);
}
