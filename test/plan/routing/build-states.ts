import type { AttributesKind } from "../../../src/kinds/registry.ts";
import { parseAttributesScope } from "../../../src/model/objects/attributes.ts";
import type {
  Desired,
  DesiredAttributes,
  DesiredCluster,
  DesiredFlyteClusters,
  DesiredPoolMap,
  DesiredQueue,
  DesiredSettings,
  Lifecycle,
} from "../../../src/model/objects/desired.ts";
import { NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import type { FlyteClusters } from "../../../src/model/objects/flyte-clusters.ts";
import {
  CAPABILITIES,
  type LiveCluster,
  type LiveQueue,
  type LiveState,
  UNION_ONLY,
} from "../../../src/model/objects/live.ts";
import type { SettingValues } from "../../../src/model/objects/settings.ts";
import { QUEUE_DEFAULTS, type QueueSpec } from "../../../src/model/objects/spec.ts";

const LIFECYCLE: Lifecycle = {
  prevent_destroy: false,
  on_remove: "delete",
  ignore_changes: [],
  drain_timeout_ms: null,
  await: "registered",
};

function placed<K extends string>(kind: K, name: string) {
  const source = { file: `${kind}/${name}.yaml`, line: 1 };
  return { kind, name, address: `${kind}.${name}`, previously: null, lifecycle: LIFECYCLE, source } as const;
}

function spec(pool: string, clusters: readonly string[]): QueueSpec {
  return { ...QUEUE_DEFAULTS, run_concurrency: 0, action_concurrency: 0, cluster_pool: pool, clusters };
}

/** Manifests that want only the given things. */
export function buildDesired(wanted: Partial<Desired>): Desired {
  return { ...NOTHING_DESIRED, ...wanted };
}

export function desiredCluster(name: string, pool: string, ignored: readonly string[] = []): DesiredCluster {
  const more = { pool, state: "active", data_plane: null, registration: { name: null, previous: null }, queue: null };
  const lifecycle = { ...LIFECYCLE, ignore_changes: ignored };
  return { ...placed("cluster", name), ...more, state: "active", address: `cluster.${name}`, lifecycle };
}

export function desiredQueue(name: string, pool: string, clusters: readonly string[]): DesiredQueue {
  const more = { spec: spec(pool, clusters), declared: [], state: "active" } as const;
  return { ...placed("queue", name), ...more, address: `queue.${name}` };
}

export function desiredSettings(domain: string | null, values: SettingValues, authoritative = false): DesiredSettings {
  const name = domain === null ? "acme" : `acme/${domain}`;
  const scope = { domain, project: null };
  return { ...placed("settings", name), address: `settings.${name}`, scope, values, authoritative, sensitive: [] };
}

export function desiredRow(kind: AttributesKind, name: string, value: string): DesiredAttributes {
  return { ...placed(kind, name), kind, address: `${kind}.${name}`, scope: parseAttributesScope(name), value };
}

export function desiredPoolMap(name: string, pools: Readonly<Record<string, readonly string[]>>): DesiredPoolMap {
  const listed = Object.entries(pools).map(([pool, clusters]) => ({ pool, clusters }));
  return { ...placed("cluster_pool_map", name), address: `cluster_pool_map.${name}`, pools: listed };
}

export function desiredFlyteClusters(name: string, value: FlyteClusters): DesiredFlyteClusters {
  return { ...placed("flyte_clusters", name), address: `flyte_clusters.${name}`, value, files: [], sensitive: [] };
}

/** Clusters of Flyte, all enabled but those in `disabled`, and labels with one entry of weight 1 each. */
export function flyteClusters(
  names: readonly string[],
  labels: readonly (readonly [string, string])[],
  more: Partial<FlyteClusters> = {},
): FlyteClusters {
  return {
    name: "flyte",
    cluster_configs: names.map((name) => {
      return { name, endpoint: null, enabled: true, in_cluster: false, token_path: null, cert_path: null };
    }),
    label_cluster_map: labels.map(([label, id]) => ({ label, entries: [{ id, weight: 1 }] })),
    label_map_form: "map",
    default_execution_label: null,
    volumes: [],
    volume_mounts: [],
    delivery: {
      path: "flyte",
      namespace: "flyte",
      secrets: "placeholder",
      secret_store: null,
      remote_key: "{cluster}",
    },
    rest: {},
    ...more,
  };
}

/** Nobody tells who changed a record. */
export const NOT_TOLD = { changed_by: null, changed_at: null };

/** A live state of 2026-11 with only the given things. */
export function buildLive(there: Partial<LiveState>): LiveState {
  const nothing = { pools: [], clusters: [], queues: [] };
  const target = { org: "acme", endpoint: "http://127.0.0.1:9", capabilities: CAPABILITIES["2026-11"] };
  return { ...target, ...UNION_ONLY, ...nothing, ...there };
}

export function liveCluster(name: string, pool: string, more: Partial<LiveCluster> = {}): LiveCluster {
  return {
    kind: "cluster",
    name,
    pool,
    state: "active",
    generation: "1",
    health: "healthy",
    unhealthy_reasons: [],
    enabled: true,
    data_plane: null,
    queues: [],
    drained: null,
    capacity: null,
    assigned_config: "",
    synced_config: "",
    ...NOT_TOLD,
    ...more,
  };
}

export function liveQueue(name: string, pool: string, clusters: readonly string[]): LiveQueue {
  const more = { generation: "1", cluster_managed: false, available_clusters: [], ...NOT_TOLD };
  return { kind: "queue", name, spec: spec(pool, clusters), state: "active", ...more };
}
