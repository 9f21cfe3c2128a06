import type { ClusterLabel, FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { nameLabel } from "../../model/objects/list-served-labels.ts";
import { type ClusterShare, shareByWeight } from "../../model/objects/share-by-weight.ts";

/**
 * The labels as flyteadmin knows them after its start, each with the shares of its clusters: keys of a map in lower case, only
 * enabled clusters, labels without any left out. Of two labels that become one, the last is kept here; flyteadmin picks any.
 */
export function resolveLabels(value: FlyteClusters): ReadonlyMap<string, readonly ClusterShare[]> {
  const enabled = listEnabled(value);
  const labels = value.label_cluster_map.map((label) => [nameLabel(value, label), shareOut(label, enabled)] as const);
  return new Map(labels.filter(([, shares]) => shares.length > 0));
}

/** Names of the clusters that executions can be sent to. */
export function listEnabled({ cluster_configs }: FlyteClusters): ReadonlySet<string> {
  return new Set(cluster_configs.filter(({ enabled }) => enabled).map(({ name }) => name));
}

/** The shares of a label's enabled clusters. */
export function shareOut({ entries }: ClusterLabel, enabled: ReadonlySet<string>): readonly ClusterShare[] {
  return shareByWeight(entries.filter(({ id }) => enabled.has(id)));
}
