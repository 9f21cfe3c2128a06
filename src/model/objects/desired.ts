import { ATTRIBUTES_KINDS, type AttributesKind, mapKinds } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import type { AttributesScope } from "./attributes.ts";
import type { FlyteClusters } from "./flyte-clusters.ts";
import type { QueueLimits } from "./queue-limits.ts";
import type { DeclaredValues, SettingsScope, SettingValues } from "./settings.ts";
import type { DataPlane, PoolConfig, QueueSpec } from "./spec.ts";

/** What a manifest of any kind says about the life cycle of its object. Left out means the default named here. */
export interface Lifecycle {
  /** Default false. True: no plan may delete or replace it (check `protected`). Outlives the manifest with a store. */
  readonly prevent_destroy: boolean;
  /** What becomes of an owned object whose manifest is gone. Default `delete`; `orphan` forgets it. */
  readonly on_remove: "delete" | "orphan";
  /** Field paths (dotted) neither shown nor sent once the object exists. Default none. */
  readonly ignore_changes: readonly string[];
  /** Paths of fields that one plan leaves as they are live; no manifest says so. Left out: none. */
  readonly left?: readonly (readonly string[])[];
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

/** One object of a named kind as the manifests want it. */
export type DesiredResource = DesiredPool | DesiredCluster | DesiredQueue;

/** Settings of one scope. Its `name` is `ORG[/DOMAIN[/PROJECT]]`. */
export interface DesiredSettings extends DesiredObject {
  readonly kind: "settings";
  readonly scope: SettingsScope;
  /** As written; `run.default_queue` is a logical name. */
  readonly values: SettingValues;
  /** True: keys that the manifest lacks are unset. */
  readonly authoritative: boolean;
  /** Patterns over dotted paths of values that are sensitive, beside those that are by their names. */
  readonly sensitive: readonly string[];
}

/** The same as its manifest declares it, references included. */
export interface DeclaredSettings extends Omit<DesiredSettings, "values"> {
  readonly values: DeclaredValues;
}

/** The pool or the label of one scope of flyteadmin. Its `name` is `PROJECT[/DOMAIN[/WORKFLOW]]`. */
export interface DesiredAttributes extends DesiredObject {
  readonly kind: AttributesKind;
  readonly scope: AttributesScope;
  /** The logical name of a pool, or a label. */
  readonly value: string;
}

/** Pools and their clusters as the operator of a self-managed control plane gets them. A cluster may stand in several. */
export interface DesiredPoolMap extends DesiredObject {
  readonly kind: "cluster_pool_map";
  /** In the order in which they are written. */
  readonly pools: readonly { readonly pool: string; readonly clusters: readonly string[] }[];
}

/** A file of text, path relative and with `/`. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The clusters of a Flyte control plane, and the files that are rendered from them. */
export interface DesiredFlyteClusters extends DesiredObject {
  readonly kind: "flyte_clusters";
  readonly value: FlyteClusters;
  /** Paths within the output, sorted. */
  readonly files: readonly TextFile[];
  /** Patterns over dotted paths of Helm values that are sensitive, beside those that are by their names. */
  readonly sensitive: readonly string[];
}

/** One object of a placed kind as the manifests want it. */
export type DesiredPlaced = DesiredSettings | DesiredPoolMap | DesiredAttributes | DesiredFlyteClusters;

/** Everything the manifests want: names resolved, sorted by kind, then name. */
export interface Desired {
  readonly pools: readonly DesiredPool[];
  readonly clusters: readonly DesiredCluster[];
  readonly queues: readonly DesiredQueue[];
  readonly settings: readonly DesiredSettings[];
  readonly pool_maps: readonly DesiredPoolMap[];
  readonly flyte_clusters: readonly DesiredFlyteClusters[];
  /** Rows of flyteadmin, by kind. */
  readonly rows: { readonly [K in AttributesKind]: readonly DesiredAttributes[] };
}

/** What the manifests declare: the same with references in settings, until it is sealed. */
export interface Declared extends Omit<Desired, "settings"> {
  readonly settings: readonly DeclaredSettings[];
}

/** A folder that wants nothing. */
export const NOTHING_DESIRED: Desired = {
  pools: [],
  clusters: [],
  queues: [],
  settings: [],
  pool_maps: [],
  flyte_clusters: [],
  rows: mapKinds(ATTRIBUTES_KINDS, () => []),
};

/** Rows of flyteadmin by their kinds, each in the order in which they are given. */
export function groupRows(rows: readonly DesiredAttributes[]): Desired["rows"] {
  return mapKinds(ATTRIBUTES_KINDS, (known) => rows.filter(({ kind }) => kind === known));
}

/** The rows of flyteadmin, in the order of their kinds. */
export function listRows({ rows }: Pick<Desired, "rows">): readonly DesiredAttributes[] {
  return ATTRIBUTES_KINDS.flatMap((kind) => rows[kind]);
}

/** All objects of placed kinds. */
export function listPlaced<S extends DeclaredSettings>(
  desired: Omit<Desired, "settings"> & { readonly settings: readonly S[] },
): readonly (Exclude<DesiredPlaced, DesiredSettings> | S)[] {
  const { settings, pool_maps, flyte_clusters } = desired;
  return [...settings, ...pool_maps, ...flyte_clusters, ...listRows(desired)];
}
