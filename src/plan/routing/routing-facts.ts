import type { AttributesScope } from "../../model/objects/attributes.ts";
import type { ManifestSource } from "../../model/objects/desired.ts";
import type { SettingsScope, SettingValues } from "../../model/objects/settings.ts";
import type { Place, RouteSystem, RoutingState } from "./route.ts";

/** Everything that routing depends on says where it is from: a manifest as `file:line`, a live object, or a rule of the server. */
interface Sourced {
  readonly source: string;
}

/** A queue as far as routing goes; all names are those of the state, physical where a registration is known. */
export interface QueueFact extends Sourced {
  readonly name: string;
  readonly pool: string;
  /** `["*"]` or names of clusters. */
  readonly clusters: readonly string[];
  /** False: drained, or on the way there; runs are refused. */
  readonly active: boolean;
}

/** A cluster of the Union control plane. */
export interface ClusterFact extends Sourced {
  readonly name: string;
  readonly pool: string;
  /** Active and enabled. */
  readonly in_service: boolean;
  /** Null: not known, for example before its operator's first report. */
  readonly healthy: boolean | null;
  /** URI of its pool's metadata bucket; null: not known. */
  readonly bucket: string | null;
}

/** Settings of one scope that was looked at. `source` is where the scope's default queue is from. */
export interface SettingsFact extends Sourced {
  readonly scope: SettingsScope;
  readonly values: SettingValues;
}

/** A row of flyteadmin: the pool or the label of one scope. */
export interface RowFact extends Sourced {
  readonly scope: AttributesScope;
  readonly value: string;
}

/** One pool of a map; the same pool may stand in several maps. */
export interface PoolMapFact extends Sourced {
  readonly pool: string;
  readonly clusters: readonly string[];
}

/** A label as flyteadmin has it in memory. */
export interface LabelFact {
  /** As it is looked up, with its case: lower-case where it was written as a key of a map. */
  readonly label: string;
  /** `enabled`: the id is a cluster of the same configuration, and that cluster is enabled. Others are skipped. */
  readonly entries: readonly { readonly id: string; readonly weight: number; readonly enabled: boolean }[];
  /** Other spellings collapse into this key, and which of them wins varies from start to start. */
  readonly ambiguous: boolean;
}

/** The clusters of a Flyte control plane, as it loads them at its start. */
export interface LabelMapFact extends Sourced {
  readonly labels: readonly LabelFact[];
  readonly default_label: string | null;
  /** Ids of enabled clusters. */
  readonly enabled: readonly string[];
  /** No cluster is configured at all: flyteadmin runs everything in one cluster of its own and ignores labels. */
  readonly single_cluster: boolean;
}

/** Everything that routing depends on, in one shape for both states. */
export interface RoutingFacts {
  readonly state: RoutingState;
  /** Systems of which anything is known; the others get no answers. */
  readonly systems: readonly RouteSystem[];
  readonly queues: readonly QueueFact[];
  readonly clusters: readonly ClusterFact[];
  /** Only scopes that were looked at or that a manifest names. */
  readonly settings: readonly SettingsFact[];
  /** Scopes whose live settings the token may not read: they may name a queue. */
  readonly unreadable_scopes: readonly SettingsScope[];
  readonly pool_attributes: readonly RowFact[];
  readonly pool_map: readonly PoolMapFact[];
  /** Pools that are known to have clusters in the other state: without any here, they lead nowhere. */
  readonly known_pools: readonly string[];
  readonly labels: readonly RowFact[];
  /** Null: it is unknown which configuration flyteadmin has loaded. */
  readonly label_map: LabelMapFact | null;
  /** Places that are known, sorted; archived projects left out. */
  readonly places: readonly Place[];
}

/** `file:line`, as reasons name a manifest. */
export function formatSource({ file, line }: ManifestSource): string {
  return `${file}:${line}`;
}
