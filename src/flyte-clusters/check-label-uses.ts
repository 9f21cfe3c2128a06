import type { FlyteClusters } from "../model/flyte-clusters.ts";
import { labelPath } from "./check-labels.ts";
import { type ClusterFinding, type ClusterSurroundings, LABELS_PATH, quoteText } from "./cluster-finding.ts";
import { resolveLabels } from "./resolve-labels.ts";

/** Mistakes between the label map and those who use its labels. */
export function checkLabelUses(value: FlyteClusters, { labels }: ClusterSurroundings): readonly ClusterFinding[] {
  return [...checkCase(value, labels), ...checkUses(value, labels)];
}

/** An upper-case key is a trap; where someone stores the label as it is written, its routing is lost. */
function checkCase(value: FlyteClusters, uses: ClusterSurroundings["labels"]): readonly ClusterFinding[] {
  if (value.label_map_form === "list") return [];
  return value.label_cluster_map.flatMap((label, index): readonly ClusterFinding[] => {
    const lower = label.label.toLowerCase();
    if (lower === label.label) return [];
    const place = { path: labelPath(value, label, index), part: "key" } as const;
    const user = uses.find((use) => use.value === label.label);
    const detail = `Write it in lower case, or write labelClusterMap as a list, which keeps the case: "- ${label.label}: [...]".`;
    if (user === undefined) {
      const summary = `Label ${quoteText(label.label)} becomes ${quoteText(lower)} when flyteadmin loads it`;
      return [{ ...place, code: "upper-case-label", summary, detail }];
    }
    const summary = `Label ${quoteText(label.label)} becomes ${quoteText(lower)} when flyteadmin loads it, so ${describeUse(user)} does not reach it`;
    return [{ ...place, code: "label-lost-by-case", summary, detail }];
  });
}

function checkUses(value: FlyteClusters, uses: ClusterSurroundings["labels"]): readonly ClusterFinding[] {
  const reached = resolveLabels(value);
  const byCase = new Map([...reached.keys()].map((label) => [label.toLowerCase(), label]));
  // A label that is written, and yet not reached, is told where it is written.
  const written = new Set(value.label_cluster_map.map(({ label }) => label));
  return uses.flatMap((use): readonly ClusterFinding[] => {
    if (use.value === "" || reached.has(use.value) || written.has(use.value)) return [];
    const near = byCase.get(use.value.toLowerCase());
    const hint = near === undefined ? "" : ` There is ${quoteText(near)}: upper and lower case are told apart.`;
    const fallback =
      value.default_execution_label === null ? "any enabled cluster" : "the clusters of the default label";
    const summary = `${describeUse(use)} has the label ${quoteText(use.value)}, which labelClusterMap does not know`;
    const detail = `Its executions go to ${fallback}.${hint} Add the label to labelClusterMap, or use one that is there.`;
    return [{ code: "unknown-execution-label", path: LABELS_PATH, part: "key", summary, detail, label: use }];
  });
}

function describeUse({ address, source }: ClusterSurroundings["labels"][number]): string {
  return source === null ? `${address} (live)` : address;
}
