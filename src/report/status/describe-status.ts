import { parseAddress } from "../../model/address.ts";
import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { InFlight, LiveCluster, LivePool, LiveQueue, LiveState } from "../../model/objects/live.ts";
import { nameSettings } from "../../model/objects/settings.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { describePlaces, type PlacesStatus, type SelectedPlaces } from "./describe-places.ts";

/** One cluster as `status` shows it. */
export interface ClusterStatus {
  readonly name: string;
  readonly pool: string;
  readonly state: string;
  readonly enabled: boolean;
  readonly health: string;
  readonly unhealthy_reasons: LiveCluster["unhealthy_reasons"];
  readonly capacity: LiveCluster["capacity"];
  readonly queues: readonly string[];
  readonly assigned_config: string;
  readonly synced_config: string;
  /** False: the data plane runs another config than the one assigned to it. */
  readonly config_in_sync: boolean;
}

/** One queue as `status` shows it; `in_flight` is null where the control plane gave no metrics. */
export interface QueueStatus {
  readonly name: string;
  readonly pool: string;
  readonly state: string;
  readonly clusters: readonly string[];
  readonly available_clusters: readonly string[];
  readonly depth_limit: number;
  readonly run_concurrency: number;
  readonly action_concurrency: number;
  readonly in_flight: InFlight | null;
}

/** One pool as `status` shows it. */
export interface PoolStatus {
  readonly name: string;
  readonly object_store: string;
  readonly secret_store: string;
  readonly image_registry: string | null;
  readonly member_clusters: readonly string[];
}

/** A target, or a part of it, as it is now. */
export interface Status extends PlacesStatus {
  /** That of the Union control plane, else of flyteadmin. */
  readonly endpoint: string;
  readonly org: string;
  /** Null where no Union control plane was named. */
  readonly generation: string | null;
  readonly pools: readonly PoolStatus[];
  readonly clusters: { readonly enabled: readonly ClusterStatus[]; readonly disabled: readonly ClusterStatus[] };
  readonly queues: readonly QueueStatus[];
}

/** What of a live state is to be shown. */
export interface Selected extends Pick<LiveState, "pools" | "clusters" | "queues">, SelectedPlaces {}

const NOTHING: Selected = { pools: [], clusters: [], queues: [], settings: [], rows: [] };

/** Everything that is live. */
export function selectAll({ pools, clusters, queues, settings, flyteadmin }: LiveState): Selected {
  return { pools, clusters, queues, settings, rows: flyteadmin.rows };
}

/** The part of a live state that one address names: for a pool with its clusters and queues; null when it is not there. */
export function selectStatus(live: LiveState, address: string): Selected | null {
  const parsed = parseAddress(address);
  if (parsed === undefined) return null;
  const { kind, name } = parsed;
  const named = <T extends { readonly name: string }>(objects: readonly T[]) =>
    objects.filter((object) => object.name === name);
  switch (kind) {
    case "cluster_pool": {
      const pools = named(live.pools);
      const clusters = live.clusters.filter((cluster) => cluster.pool === name);
      const queues = live.queues.filter((queue) => queue.spec.cluster_pool === name);
      return pools.length === 0 ? null : { ...NOTHING, pools, clusters, queues };
    }
    case "cluster": {
      const clusters = named(live.clusters);
      const queues = live.queues.filter((queue) => queue.name === name || clusters[0]?.queues.includes(queue.name));
      return clusters.length === 0 ? null : { ...NOTHING, clusters, queues };
    }
    case "queue": {
      const queues = named(live.queues);
      return queues.length === 0 ? null : { ...NOTHING, queues };
    }
    case "settings": {
      const settings = live.settings.filter(({ scope }) => nameSettings(live.org, scope) === name);
      return settings.length === 0 ? null : { ...NOTHING, settings };
    }
    case "cluster_pool_map":
    case "flyte_clusters":
      // No server keeps them.
      return null;
    default: {
      const rows = live.flyteadmin.rows.filter((row) => row.kind === kind && formatAttributesScope(row.scope) === name);
      return rows.length === 0 ? null : { ...NOTHING, rows };
    }
  }
}

/** Puts a live state into the shape that `status` prints. Soft-deleted records are left out. */
export function describeStatus(chosen: Selected, live: LiveState, work: ReadonlyMap<string, InFlight>): Status {
  const clusters = chosen.clusters.filter((cluster) => cluster.state !== "deleted");
  const members = Map.groupBy(
    live.clusters.filter((cluster) => cluster.state !== "deleted"),
    (cluster) => cluster.pool,
  );
  return {
    endpoint: live.endpoint,
    org: live.org,
    generation: live.systems.union === "absent" ? null : live.capabilities.generation,
    pools: chosen.pools.filter((pool) => !pool.deleted).map((pool) => describePool(pool, members.get(pool.name) ?? [])),
    clusters: {
      enabled: clusters.filter((cluster) => cluster.enabled).map(describeCluster),
      disabled: clusters.filter((cluster) => !cluster.enabled).map(describeCluster),
    },
    queues: chosen.queues
      .filter((queue) => queue.state !== "deleted")
      .map((queue) => describeQueue(queue, work.get(queue.name) ?? null)),
    ...describePlaces(chosen, live),
  };
}

function describePool({ name, config }: LivePool, members: readonly LiveCluster[]): PoolStatus {
  return {
    name,
    object_store: maskCredentials(config.object_store_ref.uri),
    secret_store: maskCredentials(`${config.secret_store.type} ${config.secret_store.locator}`.trim()),
    image_registry: config.image_registry === null ? null : maskCredentials(config.image_registry.locator),
    member_clusters: members.map((cluster) => cluster.name),
  };
}

function describeCluster(cluster: LiveCluster): ClusterStatus {
  const { name, pool, state, enabled, health, unhealthy_reasons, capacity, queues } = cluster;
  const { assigned_config, synced_config } = cluster;
  return {
    ...{ name, pool, state, enabled, health, unhealthy_reasons, capacity, queues },
    ...{ assigned_config, synced_config, config_in_sync: assigned_config === synced_config },
  };
}

function describeQueue(queue: LiveQueue, in_flight: InFlight | null): QueueStatus {
  const { name, spec, state, available_clusters } = queue;
  return {
    ...{ name, pool: spec.cluster_pool, state, clusters: spec.clusters, available_clusters },
    depth_limit: spec.depth,
    run_concurrency: spec.run_concurrency,
    action_concurrency: spec.action_concurrency,
    in_flight,
  };
}
