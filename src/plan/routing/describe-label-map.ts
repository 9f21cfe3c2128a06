import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import type { LabelFact, LabelMapFact } from "./routing-facts.ts";

/** The configuration that flyteadmin has loaded, and where it is from. */
export interface LoadedFlyteClusters {
  readonly value: FlyteClusters;
  readonly source: string;
}

/**
 * The label map as flyteadmin has it in memory: keys of a map become lower-case (those of a list keep their case), and entries
 * count only with an enabled cluster. Labels with the same key: the last one is kept, and marked.
 */
export function describeLabelMap({ value, source }: LoadedFlyteClusters): LabelMapFact {
  const enabled = value.cluster_configs.filter((config) => config.enabled).map(({ name }) => name);
  const serving = new Set(enabled);
  const keyOf = (label: string) => (value.label_map_form === "map" ? label.toLowerCase() : label);
  const labels = [...Map.groupBy(value.label_cluster_map, ({ label }) => keyOf(label))].map(
    ([label, spellings]): LabelFact => ({
      label,
      entries: (spellings.at(-1)?.entries ?? []).map(({ id, weight }) => ({ id, weight, enabled: serving.has(id) })),
      ambiguous: spellings.length > 1,
    }),
  );
  const single = value.cluster_configs.length === 0;
  return { labels, default_label: value.default_execution_label, enabled, single_cluster: single, source };
}
