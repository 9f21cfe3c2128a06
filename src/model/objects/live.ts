import type { Masked } from "../secrets/mask-credentials.ts";
import type { AttributesRow, Project } from "./attributes.ts";
import type { TextFile } from "./desired.ts";
import type { LiveSettings, SettingsScope } from "./settings.ts";
import type { DataPlane, PoolConfig, QueueSpec } from "./spec.ts";

/** The two generations of the control plane in the field; they share one wire and differ in what they let one do. */
export const GENERATIONS = ["2026-07", "2026-11"] as const;
export type Generation = (typeof GENERATIONS)[number];

/** Life-cycle states of clusters and queues. 2026-07 has only `active`. */
export type LifecycleState = "active" | "draining" | "drained" | "deleting" | "deleted";

/** Whether a record in this state is deleted, or is about to be. */
export function isGone(state: LifecycleState): boolean {
  return state === "deleted" || state === "deleting";
}

/** Who changed a record last, and when, as far as the control plane reports it. Shown, and never compared: it is not managed. */
export interface LastChange {
  /** An e-mail address, a person's name, or an application's name, on one line and without credentials; null: not reported. */
  readonly changed_by: string | null;
  /** ISO 8601, UTC; null: not reported, as of pools and clusters. */
  readonly changed_at: string | null;
}

export interface LivePool extends LastChange {
  readonly kind: "cluster_pool";
  readonly name: string;
  readonly config: PoolConfig;
  /** True for a soft-deleted record (2026-11): the name stays reserved until it is undeleted. */
  readonly deleted: boolean;
}

export interface LiveCluster extends LastChange {
  readonly kind: "cluster";
  readonly name: string;
  readonly pool: string;
  readonly state: LifecycleState;
  /** Optimistic lock of state changes (`drain_status.generation`), as a decimal string; "0" on 2026-07. */
  readonly generation: string;
  readonly health: "unknown" | "healthy" | "unhealthy";
  /** In the words of its operator and the control plane, which quote addresses of buckets. */
  readonly unhealthy_reasons: readonly Masked[];
  /** `spec.state`: a disabled cluster gets no work. */
  readonly enabled: boolean;
  /** What its operator declared last; null before its first report. */
  readonly data_plane: DataPlane | null;
  /** Names of the queues the server lists for it. */
  readonly queues: readonly string[];
  /** Null where the server does not report it (2026-07). */
  readonly drained: { readonly runs: boolean; readonly apps: boolean } | null;
  readonly capacity: ClusterCapacity | null;
  readonly assigned_config: string;
  readonly synced_config: string;
}

/** Whether a cluster is in service: queues send work to it, once it is healthy. */
export function isInService({ state, enabled }: Pick<LiveCluster, "state" | "enabled">): boolean {
  return state === "active" && enabled;
}

/** Capacity as reported: cores and devices as counts, memory and storage in mebibytes as the wire names them. */
export interface ClusterCapacity {
  readonly cpu: number;
  readonly memory_mb: number;
  readonly gpu: number;
}

export interface LiveQueue extends LastChange {
  readonly kind: "queue";
  readonly name: string;
  readonly spec: QueueSpec;
  readonly state: LifecycleState;
  /** Optimistic lock of state changes (`state_generation`), as a decimal string; "0" on 2026-07. */
  readonly generation: string;
  /** True for a co-named queue on 2026-11: its pool and selector are its cluster's. Always false on 2026-07. */
  readonly cluster_managed: boolean;
  /** Clusters the server says it can send to now. */
  readonly available_clusters: readonly string[];
}

export type LiveResource = LivePool | LiveCluster | LiveQueue;

/** What a generation allows. Everything the planner branches on; it never asks for the generation's name. */
export interface Capabilities {
  readonly generation: Generation;
  /** A cluster can be moved to another pool in place. */
  readonly cluster_move: boolean;
  /** Clusters have a life cycle: drain, activate, soft delete, undelete. */
  readonly cluster_state: boolean;
  /** Queues have a life cycle and can be deleted and moved when drained. */
  readonly queue_state: boolean;
  /** Deleted records keep their name and can be undeleted. */
  readonly undelete: boolean;
  /** A co-named queue belongs to its cluster, and nothing else may share a cluster's name. */
  readonly co_named_managed: boolean;
  /** Queues have `scheduling`, `max_resources` and `max_accelerators`. */
  readonly queue_capacity: boolean;
  /** `fairness` other than round_robin is taken. */
  readonly fairness: boolean;
  /** Clusters can be registered in their pools in bulk (`CreateOrgClusterPools`). */
  readonly bulk_pools: boolean;
}

/** What each generation allows: the table in the control plane's documents, as data. */
export const CAPABILITIES: Readonly<Record<Generation, Capabilities>> = {
  "2026-07": {
    generation: "2026-07",
    cluster_move: false,
    cluster_state: false,
    queue_state: false,
    undelete: false,
    co_named_managed: false,
    queue_capacity: false,
    fairness: true,
    bulk_pools: true,
  },
  "2026-11": {
    generation: "2026-11",
    cluster_move: true,
    cluster_state: true,
    queue_state: true,
    undelete: true,
    co_named_managed: true,
    queue_capacity: true,
    fairness: false,
    bulk_pools: false,
  },
};

/** Whether a system of the target was looked at; nothing is planned on one that was not read. */
export type SystemStatus = "read" | "absent" | "unreadable";

/**
 * The systems of a target: the Union control plane, its settings (a control plane without them says `absent`), flyteadmin, and
 * the place where the files of Flyte's clusters are delivered.
 */
export interface Systems {
  readonly union: SystemStatus;
  readonly settings: SystemStatus;
  readonly flyteadmin: SystemStatus;
  readonly delivery: SystemStatus;
}

/**
 * Whether the settings of every domain of every project of the control plane were looked at, beside the scopes that were named. `unread`:
 * not needed; `missing`: the control plane lists no projects; `refused`: the token may not list them; `partial`: there are too many of
 * them, or some have names that can't be requested.
 */
export type ScopeListStatus = "unread" | "read" | "missing" | "refused" | "partial";

/** The own settings of a scope that was looked at. */
export interface ScopedSettings extends LiveSettings {
  readonly scope: SettingsScope;
}

/** What flyteadmin keeps: rows exactly as they are stored, projects (archived ones too) and domains. */
export interface LiveFlyteadmin {
  /** Where it is; null: none was named. */
  readonly endpoint: string | null;
  readonly rows: readonly AttributesRow[];
  readonly projects: readonly Project[];
  readonly domains: readonly string[];
}

/** The files that were delivered for one FlyteClusters object. */
export interface DeliveredFiles {
  /** The object's name. */
  readonly name: string;
  readonly files: readonly TextFile[];
  /** Its own texts where another object's are wanted by now and not written yet. Left out: none. */
  readonly left?: readonly TextFile[];
}

/** What is live beside pools, clusters and queues. */
export interface LivePlaces {
  readonly systems: Systems;
  /** By scope, broadest first; only scopes that were looked at. */
  readonly settings: readonly ScopedSettings[];
  /** Scopes that were asked for and whose settings the token may not read: nothing is known of them. By scope, broadest first. */
  readonly unreadable_scopes: readonly SettingsScope[];
  readonly scope_list: ScopeListStatus;
  readonly flyteadmin: LiveFlyteadmin;
  /** Where files are delivered: a folder, or a repository and its branch; null: nowhere. */
  readonly delivery: string | null;
  readonly delivered: readonly DeliveredFiles[];
}

/** A target of which only pools, clusters and queues were looked at. */
export const UNION_ONLY: LivePlaces = {
  systems: { union: "read", settings: "absent", flyteadmin: "absent", delivery: "absent" },
  settings: [],
  unreadable_scopes: [],
  scope_list: "unread",
  flyteadmin: { endpoint: null, rows: [], projects: [], domains: [] },
  delivery: null,
  delivered: [],
};

/** The control plane as read in one go; soft-deleted records included where the generation has them. */
export interface LiveState extends LivePlaces {
  readonly org: string;
  readonly endpoint: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly LivePool[];
  readonly clusters: readonly LiveCluster[];
  readonly queues: readonly LiveQueue[];
}

/** Work of one queue at one moment (`WatchQueueMetrics`), as counts. */
export interface InFlight {
  readonly runs_in_flight: number;
  readonly actions_in_flight: number;
  readonly current_depth: number;
}
