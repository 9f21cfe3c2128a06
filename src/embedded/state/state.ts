import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Generation, LifecycleState } from "../../model/objects/live.ts";
import type { SettingValues } from "../../model/objects/settings.ts";
import type { PoolConfig, QueueSpec } from "../../model/objects/spec.ts";
import type { Author } from "./author.ts";

/** The creator and the last author of a record; omitted where unknown. */
export interface Signed {
  readonly created_by?: Author;
  readonly updated_by?: Author;
}

/** A stored cluster pool. Times are milliseconds since 1970; `deleted_at` is null while the pool is live. */
export interface PoolRecord extends Signed {
  readonly name: string;
  readonly config: PoolConfig;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

/** A stored cluster. `status` is the last report of its operator, as protobuf JSON of `Status`; health is derived. */
export interface ClusterRecord extends Signed {
  readonly name: string;
  readonly pool: string;
  /** When it joined its pool: the simulated hand-over counts from then. */
  readonly pool_since: number;
  readonly state: LifecycleState;
  /** Incremented with every change of state; the optimistic lock of 2026-11. */
  readonly generation: number;
  readonly enabled: boolean;
  /** Apps assigned to it; they block a drain. */
  readonly apps: number;
  readonly status: JsonObject | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

/** One accelerator cap in the wire's terms (GPUAccelerator as protobuf JSON), so that no field that a client sent is lost. */
export interface AcceleratorCap {
  readonly accelerator: JsonValue;
  readonly count: number;
}

/** A queue's spec with the field names of manifests; accelerators stay in the wire's terms. */
export interface StoredQueueSpec extends Omit<QueueSpec, "max_accelerators"> {
  readonly max_accelerators: readonly AcceleratorCap[];
}

/** A stored queue. Whether it is managed by a cluster follows from the cluster of its name. */
export interface QueueRecord extends Signed {
  readonly name: string;
  readonly spec: StoredQueueSpec;
  readonly state: LifecycleState;
  readonly generation: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

/** Counts of work in flight. */
export interface Work {
  readonly runs: number;
  readonly actions: number;
  readonly depth: number;
}

/**
 * Work in flight of one queue, on one cluster or (null) on no known cluster. The simulated data plane drains from `peak` at
 * `since`. A record whose counts are all zero is removed.
 */
export interface WorkRecord extends Work {
  readonly queue: string;
  readonly cluster: string | null;
  readonly peak: Work;
  readonly since: number;
}

/** A simulated operator, with the pool whose contract it was set up with. It outlives its cluster's record. */
export interface OperatorRecord {
  readonly cluster: string;
  readonly pool: string;
  readonly status: JsonObject;
  /** When it last sent a heartbeat. */
  readonly heartbeat_at: number;
}

/** A scope's own settings; scope is "", "DOMAIN" or "DOMAIN/PROJECT", version the optimistic lock, from 1. */
export interface SettingRecord {
  readonly scope: string;
  readonly version: number;
  readonly values: SettingValues;
}

/** The tables of the state, with the type of their rows. */
export interface Tables {
  readonly pool: PoolRecord;
  readonly cluster: ClusterRecord;
  readonly queue: QueueRecord;
  readonly work: WorkRecord;
  readonly operator: OperatorRecord;
  readonly setting: SettingRecord;
}
export type TableName = keyof Tables;

/** One row to write, or with null to remove. A decision returns changes, a commit stores them. */
export type Change = {
  readonly [T in TableName]: { readonly table: T; readonly key: string; readonly record: Tables[T] | null };
}[TableName];

/** Rows by key, with the keys in order, so that the cost of a page is its length. */
export interface Table<Row> {
  readonly rows: Map<string, Row>;
  readonly keys: string[];
}

/**
 * The state of the embedded control plane. Records are immutable, and only `applyChanges` replaces them; the `by` maps are
 * derived from the tables and hold live records only.
 */
export interface State {
  readonly org: string;
  readonly generation: Generation;
  readonly pool: Table<PoolRecord>;
  readonly cluster: Table<ClusterRecord>;
  readonly queue: Table<QueueRecord>;
  readonly work: Table<WorkRecord>;
  readonly operator: Table<OperatorRecord>;
  readonly setting: Table<SettingRecord>;
  readonly by: {
    /** Pool -> clusters in it. */
    readonly members: Map<string, Set<string>>;
    /** Pool -> queues bound to it. */
    readonly queues: Map<string, Set<string>>;
    /** Pool -> its queues with the selector `*`. */
    readonly wildcards: Map<string, Set<string>>;
    /** Cluster -> queues whose selector names it. */
    readonly pins: Map<string, Set<string>>;
    /** Metadata bucket -> pools on it. */
    readonly buckets: Map<string, Set<string>>;
    /** Queue -> keys of its work. */
    readonly workOfQueue: Map<string, Set<string>>;
    /** Cluster -> keys of the work known to be on it. */
    readonly workOnCluster: Map<string, Set<string>>;
    /** Clusters and queues in transition from one state to the next. */
    readonly unsettledClusters: Set<string>;
    readonly unsettledQueues: Set<string>;
  };
}
