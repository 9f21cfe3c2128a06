import { formatAttributesScope } from "../../model/objects/attributes.ts";
import { formatScope } from "../../model/objects/settings.ts";
import type {
  ClusterFact,
  LabelFact,
  PoolMapFact,
  QueueFact,
  RoutingFacts,
  RowFact,
  SettingsFact,
} from "./routing-facts.ts";

/** Facts by what they are looked up with. */
export interface FactIndex {
  readonly facts: RoutingFacts;
  readonly queues: ReadonlyMap<string, QueueFact>;
  readonly clusters: ReadonlyMap<string, ClusterFact>;
  /** Clusters by their pool, sorted by name. */
  readonly members: ReadonlyMap<string, readonly ClusterFact[]>;
  /** By `formatScope`. */
  readonly settings: ReadonlyMap<string, SettingsFact>;
  /** Scopes that may not be read, by `formatScope`. */
  readonly unreadable: ReadonlySet<string>;
  /** By `formatAttributesScope`. */
  readonly poolAttributes: ReadonlyMap<string, RowFact>;
  readonly labels: ReadonlyMap<string, RowFact>;
  readonly poolMap: ReadonlyMap<string, readonly PoolMapFact[]>;
  readonly knownPools: ReadonlySet<string>;
  readonly labelMap: ReadonlyMap<string, LabelFact>;
}

/** Builds the look-ups once for any number of questions. */
export function indexFacts(facts: RoutingFacts): FactIndex {
  const clusters = facts.clusters.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return {
    facts,
    queues: new Map(facts.queues.map((queue) => [queue.name, queue])),
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    members: Map.groupBy(clusters, ({ pool }) => pool),
    settings: new Map(facts.settings.map((settings) => [formatScope(settings.scope), settings])),
    unreadable: new Set(facts.unreadable_scopes.map(formatScope)),
    poolAttributes: indexRows(facts.pool_attributes),
    labels: indexRows(facts.labels),
    poolMap: Map.groupBy(facts.pool_map, ({ pool }) => pool),
    knownPools: new Set(facts.known_pools),
    labelMap: new Map(facts.label_map?.labels.map((label) => [label.label, label])),
  };
}

function indexRows(rows: readonly RowFact[]): ReadonlyMap<string, RowFact> {
  return new Map(rows.map((row) => [formatAttributesScope(row.scope), row]));
}
