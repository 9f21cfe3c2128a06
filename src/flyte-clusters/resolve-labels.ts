import type { ClusterLabel, FlyteClusters } from "../model/flyte-clusters.ts";

/** Part of a label's executions that a cluster gets, 0 to 1. */
export interface ClusterShare {
  readonly id: string;
  readonly share: number;
}

/**
 * The labels as flyteadmin knows them after its start, each with the shares of its clusters: keys of a map in lower case, only
 * enabled clusters, labels without any left out. Of two labels that become one, the last is kept here; flyteadmin picks any.
 */
export function resolveLabels(value: FlyteClusters): ReadonlyMap<string, readonly ClusterShare[]> {
  const enabled = listEnabled(value);
  const labels = value.label_cluster_map.map((label) => [nameLabel(value, label), shareOut(label, enabled)] as const);
  return new Map(labels.filter(([, shares]) => shares.length > 0));
}

/**
 * The clusters that an execution with this stored label (null: none) can reach: those of the label, else of the default label, else
 * every enabled one alike. `via` tells which of the three it is.
 */
export function resolveExecutionLabel(
  value: FlyteClusters,
  label: string | null,
): { readonly via: "label" | "default" | "any"; readonly shares: readonly ClusterShare[] } {
  const labels = resolveLabels(value);
  const own = label === null ? undefined : labels.get(label);
  if (own !== undefined) return { via: "label", shares: own };
  const fallback = labels.get(value.default_execution_label ?? "");
  if (fallback !== undefined) return { via: "default", shares: fallback };
  const enabled = [...listEnabled(value)];
  return { via: "any", shares: enabled.map((id) => ({ id, share: 1 / enabled.length })) };
}

/** The name under which flyteadmin finds a label: its loader makes the keys of a map lower-case. */
export function nameLabel({ label_map_form }: FlyteClusters, { label }: ClusterLabel): string {
  return label_map_form === "map" ? label.toLowerCase() : label;
}

/** Names of the clusters that executions can be sent to. */
export function listEnabled({ cluster_configs }: FlyteClusters): ReadonlySet<string> {
  return new Set(cluster_configs.filter(({ enabled }) => enabled).map(({ name }) => name));
}

/** Shares are weight over total; where all weights are 0, all entries are alike. A cluster named twice gets both. */
export function shareOut({ entries }: ClusterLabel, enabled: ReadonlySet<string>): readonly ClusterShare[] {
  const eligible = entries.filter(({ id }) => enabled.has(id));
  const total = eligible.reduce((sum, { weight }) => sum + weight, 0);
  const shares = new Map<string, number>();
  for (const { id, weight } of eligible) {
    const share = total === 0 ? 1 / eligible.length : weight / total;
    if (share !== 0) shares.set(id, (shares.get(id) ?? 0) + share);
  }
  return [...shares].map(([id, share]) => ({ id, share }));
}
