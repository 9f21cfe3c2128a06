import type { AttributesKind } from "../../kinds/registry.ts";
import type { AttributesRow } from "../../model/objects/attributes.ts";
import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { DesiredPoolMap } from "../../model/objects/desired.ts";
import {
  isInService,
  type LiveCluster,
  type LivePool,
  type LiveQueue,
  type LiveState,
} from "../../model/objects/live.ts";
import { describeScope } from "../../model/objects/settings.ts";
import { describeLabelMap, type LoadedFlyteClusters } from "./describe-label-map.ts";
import { findPlaces } from "./find-places.ts";
import { findSystems } from "./find-systems.ts";
import { type NameOf, SAME_NAME } from "./name-of.ts";
import type { ClusterFact, PoolMapFact, QueueFact, RoutingFacts, RowFact, SettingsFact } from "./routing-facts.ts";
import { formatSource } from "./routing-facts.ts";

/**
 * What routing depends on now. No server reports pool maps and the clusters that flyteadmin has loaded: they are handed in, null or
 * none where they are unknown. Soft-deleted objects are left out.
 */
export function factsOfLive(
  live: LiveState,
  poolMaps: readonly DesiredPoolMap[],
  flyteClusters: LoadedFlyteClusters | null,
  nameOf: NameOf = SAME_NAME,
): RoutingFacts {
  const facts = {
    queues: live.queues.filter(({ state }) => state !== "deleted").map(describeQueue),
    clusters: describeClusters(live),
    settings: describeSettings(live),
    unreadable_scopes: live.unreadable_scopes,
    pool_attributes: describeRows(live, "cluster_pool_attributes"),
    pool_map: describePoolMaps(poolMaps, nameOf),
    known_pools: [],
    labels: describeRows(live, "execution_cluster_label"),
    label_map: flyteClusters === null ? null : describeLabelMap(flyteClusters),
  };
  const places = findPlaces(live.flyteadmin, facts);
  return { state: "live", systems: findSystems(facts, live), ...facts, places };
}

/** Pool maps as facts, one for each pool of each map. */
export function describePoolMaps(maps: readonly DesiredPoolMap[], nameOf: NameOf): readonly PoolMapFact[] {
  return maps.flatMap(({ pools, source }) =>
    pools.map(({ pool, clusters }) => ({
      pool: nameOf("cluster_pool", pool),
      clusters: clusters.map((cluster) => nameOf("cluster", cluster)),
      source: formatSource(source),
    })),
  );
}

function describeQueue({ name, spec, state }: LiveQueue): QueueFact {
  const { cluster_pool: pool, clusters } = spec;
  return { name, pool, clusters, active: state === "active", source: `live queue "${name}"` };
}

function describeClusters({ pools, clusters }: LiveState): readonly ClusterFact[] {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  return clusters
    .filter(({ state }) => state !== "deleted")
    .map((cluster) => describeCluster(cluster, byName.get(cluster.pool)));
}

function describeCluster(cluster: LiveCluster, home: LivePool | undefined): ClusterFact {
  const { name, pool, health } = cluster;
  return {
    name,
    pool,
    in_service: isInService(cluster),
    healthy: health === "unknown" ? null : health === "healthy",
    bucket: home?.config.object_store_ref.uri ?? null,
    source: `live cluster "${name}"`,
  };
}

function describeSettings({ settings }: LiveState): readonly SettingsFact[] {
  return settings.map(({ scope, values }) => {
    return { scope, values, source: `live settings of ${describeScope(scope)}` };
  });
}

/** Rows of launch plans are left out: a question names none. */
function describeRows({ flyteadmin }: LiveState, kind: AttributesKind): readonly RowFact[] {
  return flyteadmin.rows.filter((row) => row.kind === kind && row.launch_plan === null).map(describeRow);
}

function describeRow({ kind, scope, value }: AttributesRow): RowFact {
  return { scope, value, source: `live row ${kind}.${formatAttributesScope(scope)}` };
}
