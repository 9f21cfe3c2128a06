import type { Address } from "./address.ts";
import type { DataPlane, PoolConfig, QueueLimits, QueueSpec } from "./spec.ts";

/** What a manifest says about the life of its object, whatever its kind. Left out means the default named here. */
export interface Lifecycle {
  /** Default false. True: no plan may delete or replace it (check `protected`). Outlives the manifest with a store. */
  readonly prevent_destroy: boolean;
  /** What becomes of an owned object whose manifest is gone. Default `delete`; `orphan` forgets it. */
  readonly on_remove: "delete" | "orphan";
  /** Field paths (dotted) neither shown nor sent once the object exists. Default none. */
  readonly ignore_changes: readonly string[];
  /** How long apply may wait for this object's work, in milliseconds; null: as long as `--wait` allows. */
  readonly drain_timeout_ms: number | null;
  /** What a new registration is waited for. Default `registered`. */
  readonly await: "registered" | "healthy";
}

/** Where a manifest stands: file relative to the folder, line from 1. */
export interface ManifestSource {
  readonly file: string;
  readonly line: number;
}

interface DesiredObject {
  readonly address: Address;
  /** Logical name: what other manifests refer to. */
  readonly name: string;
  /** An earlier logical name whose registration this object keeps; null when it was never renamed. */
  readonly previously: string | null;
  readonly lifecycle: Lifecycle;
  readonly source: ManifestSource;
}

export interface DesiredPool extends DesiredObject {
  readonly kind: "cluster_pool";
  readonly config: PoolConfig;
}

export interface DesiredCluster extends DesiredObject {
  readonly kind: "cluster";
  /** Logical name of the pool; `default` when the manifest names none. */
  readonly pool: string;
  readonly state: "active" | "drained";
  /** The data plane as its operator will declare it; null when the manifest does not say. */
  readonly data_plane: DataPlane | null;
  /** `name`: the physical name of a new registration. `previous`: the physical name of an earlier one. */
  readonly registration: { readonly name: string | null; readonly previous: string | null };
  /** Limits of the co-named queue; a field left out is left as it is, null leaves the whole queue as it is. */
  readonly queue: Partial<QueueLimits> | null;
}

export interface DesiredQueue extends DesiredObject {
  readonly kind: "queue";
  /** `cluster_pool` and `clusters` are logical names; defaults are filled in. */
  readonly spec: QueueSpec;
  /** The limit fields that the manifest itself names: what was left out is not asked of a generation lacking it. */
  readonly declared: readonly string[];
  readonly state: "active" | "drained";
}

/** One object as the manifests want it. */
export type DesiredResource = DesiredPool | DesiredCluster | DesiredQueue;

/** Everything the manifests want: references resolved, sorted by kind, then name. */
export interface Desired {
  readonly pools: readonly DesiredPool[];
  readonly clusters: readonly DesiredCluster[];
  readonly queues: readonly DesiredQueue[];
}
