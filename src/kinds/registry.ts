import { cluster } from "./cluster.ts";
import { clusterPool } from "./cluster-pool.ts";
import { clusterPoolAttributes } from "./cluster-pool-attributes.ts";
import { clusterPoolMap } from "./cluster-pool-map.ts";
import { executionClusterLabel } from "./execution-cluster-label.ts";
import { flyteClusters } from "./flyte-clusters.ts";
import type { AnyDefinition } from "./kind.ts";
import { queue } from "./queue.ts";
import { settings } from "./settings.ts";

/**
 * The kinds of object poolkeeper manages, in the order in which they depend on each other; the key is what addresses have. Everything else
 * iterates over this.
 */
export const KIND_DEFINITIONS = {
  cluster_pool: clusterPool,
  cluster,
  queue,
  settings,
  cluster_pool_map: clusterPoolMap,
  cluster_pool_attributes: clusterPoolAttributes,
  flyte_clusters: flyteClusters,
  execution_cluster_label: executionClusterLabel,
} satisfies Readonly<Record<string, AnyDefinition>>;

type Definitions = typeof KIND_DEFINITIONS;

/** One of {@link KINDS}. */
export type Kind = keyof Definitions;

type KindOf<Family extends AnyDefinition["family"]> = {
  [K in Kind]: Definitions[K]["family"] extends Family ? K : never;
}[Kind];

/** The kinds whose objects have a name of their own in the Union control plane, where it may differ from the manifest's. */
export type NamedKind = KindOf<"named">;

/** The kinds whose objects are identified by the place where they apply: a scope, a table, a file. There is one of a kind in a place. */
export type PlacedKind = Exclude<Kind, NamedKind>;

/** What flyteadmin keeps beside a scope: a cluster pool's name, or a label of clusters. */
export type AttributesKind = KindOf<"row">;

/** The field of a row's manifest that has its text. */
export type AttributesField<K extends AttributesKind = AttributesKind> = Definitions[K]["field"];

/** All kinds. */
export const KINDS = Object.keys(KIND_DEFINITIONS) as readonly Kind[];
/** What `kind:` of a manifest may say. */
export const KIND_TITLES: readonly string[] = KINDS.map((kind) => KIND_DEFINITIONS[kind].title);
/** Those of {@link NamedKind}. */
export const NAMED_KINDS: readonly NamedKind[] = KINDS.filter(isNamedKind);
/** Those of {@link PlacedKind}. */
export const PLACED_KINDS: readonly PlacedKind[] = KINDS.filter(isPlacedKind);
/** Those of {@link AttributesKind}. */
export const ATTRIBUTES_KINDS: readonly AttributesKind[] = KINDS.filter(isAttributesKind);

/** What is known of a kind. */
export function defineKind(kind: AttributesKind): Definitions[AttributesKind];
export function defineKind(kind: Kind): AnyDefinition;
export function defineKind(kind: Kind): AnyDefinition {
  return KIND_DEFINITIONS[kind];
}

/** Whether objects of a kind have a name of their own. */
export function isNamedKind(kind: Kind): kind is NamedKind {
  return KIND_DEFINITIONS[kind].family === "named";
}

/** Whether objects of a kind are identified by their place. */
export function isPlacedKind(kind: Kind): kind is PlacedKind {
  return !isNamedKind(kind);
}

/** Whether objects of a kind are rows of flyteadmin. */
export function isAttributesKind(kind: Kind): kind is AttributesKind {
  return KIND_DEFINITIONS[kind].family === "row";
}

/** One value for each kind. */
export function mapKinds<K extends Kind, Value>(kinds: readonly K[], make: (kind: K) => Value): Record<K, Value> {
  return Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<K, Value>;
}
