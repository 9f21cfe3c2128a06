import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { quoteSpelling, quoteText } from "../../model/secrets/quote-text.ts";
import { labelPath } from "./check-labels.ts";
import { type ClusterFinding, LABELS_PATH, type LabelInUse } from "./cluster-finding.ts";
import { resolveLabels } from "./resolve-labels.ts";

/** The first use of each label, by the label. */
export type LabelUses = ReadonlyMap<string, LabelInUse>;

/** A label that no label map knows. */
export interface UnknownLabel extends ClusterFinding {
  readonly use: LabelInUse;
}

/** Indexes uses of labels, so that any number of label maps can be checked against them. */
export function indexLabelUses(uses: readonly LabelInUse[]): LabelUses {
  const first = new Map<string, LabelInUse>();
  for (const use of uses) if (!first.has(use.value)) first.set(use.value, use);
  return first;
}

/** An upper-case key is a trap: a label stored in the same spelling loses its routing. */
export function checkLabelCase(value: FlyteClusters, uses: LabelUses): readonly ClusterFinding[] {
  if (value.label_map_form === "list") return [];
  return value.label_cluster_map.flatMap((label, index): readonly ClusterFinding[] => {
    const lower = label.label.toLowerCase();
    if (lower === label.label) return [];
    const place = { path: labelPath(value, label, index), part: "key" } as const;
    const user = uses.get(label.label);
    const detail = `Write it in lower case, or write labelClusterMap as a list, which keeps the case: "- ${label.label}: [...]".`;
    if (user === undefined) {
      const summary = `Label ${quoteText(label.label)} becomes ${quoteSpelling(lower, label.label)} when flyteadmin loads it`;
      return [{ ...place, code: "upper-case-label", summary, detail }];
    }
    const summary = `Label ${quoteText(label.label)} becomes ${quoteSpelling(lower, label.label)} when flyteadmin loads it, so ${describeUse(user)} does not reach it`;
    return [{ ...place, code: "label-lost-by-case", summary, detail }];
  });
}

/**
 * Finds the uses of labels that none of several label maps knows; described by the first map, at its labels. A label that is written, and
 * yet not reached, is reported where it is written. The cost is linear in labels and uses together.
 */
export function findUnknownLabels(
  values: readonly FlyteClusters[],
  uses: readonly LabelInUse[],
): readonly UnknownLabel[] {
  const [first] = values;
  if (first === undefined) return [];
  const known = new Set(["", ...values.flatMap(listKnownLabels)]);
  const byCase = new Map([...resolveLabels(first).keys()].map((label) => [label.toLowerCase(), label]));
  const fallback = first.default_execution_label === null ? "any enabled cluster" : "the clusters of the default label";
  return uses.flatMap((use): readonly UnknownLabel[] => {
    if (known.has(use.value)) return [];
    const near = byCase.get(use.value.toLowerCase());
    const hint = near === undefined ? "" : ` There is ${quoteText(near)}: labels are case-sensitive.`;
    const summary = `${describeUse(use)} has the label ${quoteText(use.value)}, which labelClusterMap does not have`;
    const detail = `Its executions go to ${fallback}.${hint} Add the label to labelClusterMap, or use an existing one.`;
    return [{ code: "unknown-execution-label", path: LABELS_PATH, part: "key", summary, detail, use }];
  });
}

function listKnownLabels(value: FlyteClusters): readonly string[] {
  return [...resolveLabels(value).keys(), ...value.label_cluster_map.map(({ label }) => label)];
}

function describeUse({ address, source }: LabelInUse): string {
  return source === null ? `${address} (live)` : address;
}
