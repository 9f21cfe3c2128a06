import type { ClusterLabel, FlyteClusters } from "./flyte-clusters.ts";

/** The name under which flyteadmin finds a label: its loader makes the keys of a map lower-case. */
export function nameLabel({ label_map_form }: Pick<FlyteClusters, "label_map_form">, { label }: ClusterLabel): string {
  return label_map_form === "map" ? label.toLowerCase() : label;
}

/** The labels that flyteadmin knows after its start, by the name under which it finds them: those with an enabled cluster. */
export function listServedLabels(value: FlyteClusters): readonly string[] {
  const enabled = new Set(value.cluster_configs.filter((config) => config.enabled).map(({ name }) => name));
  const served = value.label_cluster_map.filter(({ entries }) => entries.some(({ id }) => enabled.has(id)));
  return [...new Set(served.map((label) => nameLabel(value, label)))];
}
