import type { NodePath } from "../../model/diagnostics/position.ts";
import type { ClusterLabel, FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { nameLabel } from "../../model/objects/list-served-labels.ts";
import type { ClusterShare } from "../../model/objects/share-by-weight.ts";
import { quoteSpelling, quoteText } from "../../model/secrets/quote-text.ts";
import { CLUSTERS_PATH, type ClusterFinding, LABELS_PATH } from "./cluster-finding.ts";
import { listCredentialPaths } from "./credentials-volume.ts";
import { listEnabled, resolveLabels, shareOut } from "./resolve-labels.ts";

/** Weights within this of 1 are taken as 1: three thirds are written 0.333. */
const TOLERANCE = 0.001 + Number.EPSILON * 8;

/** Mistakes in the label map and the default label. */
export function checkLabels(value: FlyteClusters): readonly ClusterFinding[] {
  const enabled = listEnabled(value);
  const known = new Set(value.cluster_configs.map(({ name }) => name));
  return [
    ...value.label_cluster_map.flatMap((label, index): readonly ClusterFinding[] => {
      const path = labelPath(value, label, index);
      const weights = checkWeights(label, path);
      const members = checkMembers(label, path, known, enabled);
      // Shares of weights that flyteadmin refuses would mean nothing.
      const sum = weights.length > 0 ? [] : checkSum(label, path, enabled);
      return [...weights, ...members, ...sum, ...checkEmpty(value, label, path, enabled)];
    }),
    ...checkSameLabels(value),
    ...checkDefaultLabel(value),
    ...checkMissingLabels(value),
  ];
}

/** Path of a label's list of clusters. */
export function labelPath({ label_map_form }: FlyteClusters, { label }: ClusterLabel, index: number): NodePath {
  return label_map_form === "list" ? [...LABELS_PATH, index, label] : [...LABELS_PATH, label];
}

function checkWeights({ label, entries }: ClusterLabel, path: NodePath): readonly ClusterFinding[] {
  return entries.flatMap(({ id, weight }, index): readonly ClusterFinding[] => {
    if (weight >= 0 && weight <= 1) return [];
    const summary = `Label ${quoteText(label)}: weight ${weight} of cluster ${quoteText(id)} is not between 0 and 1`;
    const percent = weight >= 2 && weight <= 100 ? ` As a share of 100, this is ${round(weight / 100)}.` : "";
    const detail = `flyteadmin fails to start with "invalid weight". Write a share from 0 to 1.${percent}`;
    return [{ code: "weight-out-of-range", path: [...path, index, "weight"], part: "value", summary, detail }];
  });
}

function checkMembers(
  { label, entries }: ClusterLabel,
  path: NodePath,
  known: ReadonlySet<string>,
  enabled: ReadonlySet<string>,
): readonly ClusterFinding[] {
  // Without any cluster, or any enabled one in this label, only that is reported.
  const isServed = entries.some(({ id }) => enabled.has(id));
  const seen = new Set<string>();
  return entries.flatMap(({ id }, index): readonly ClusterFinding[] => {
    const place = { path: [...path, index, "id"], part: "value" } as const;
    const start = `Label ${quoteText(label)}`;
    if (!known.has(id)) {
      if (known.size === 0) return [];
      const summary = `${start} names cluster ${quoteText(id)}, which is not in clusterConfigs`;
      return [{ ...place, code: "unknown-cluster-id", summary }];
    }
    if (seen.has(id)) {
      const summary = `${start} names cluster ${quoteText(id)} more than once: its weights are added`;
      return [{ ...place, code: "repeated-cluster", summary }];
    }
    seen.add(id);
    if (enabled.has(id) || !isServed) return [];
    const summary = `${start} names cluster ${quoteText(id)}, which is not enabled: others get its share`;
    return [{ ...place, code: "disabled-cluster-in-label", summary }];
  });
}

function checkSum(label: ClusterLabel, path: NodePath, enabled: ReadonlySet<string>): readonly ClusterFinding[] {
  const sum = label.entries.reduce((total, { weight }) => total + weight, 0);
  const shares = shareOut(label, enabled);
  if (label.entries.length === 0 || shares.length === 0 || Math.abs(sum - 1) <= TOLERANCE) return [];
  const summary = `The weights of label ${quoteText(label.label)} sum to ${round(sum)}, not to 1`;
  const detail = `flyteadmin takes each weight as a part of the total. The current weights mean ${formatShares(shares)}.`;
  return [{ code: "weights-not-one", path, part: "key", summary, detail }];
}

function checkEmpty(
  value: FlyteClusters,
  label: ClusterLabel,
  path: NodePath,
  enabled: ReadonlySet<string>,
): readonly ClusterFinding[] {
  // Without any cluster, only that is reported.
  if (enabled.size === 0 || label.entries.some(({ id }) => enabled.has(id))) return [];
  const summary = `Label ${quoteText(label.label)} has no enabled cluster`;
  const other = value.default_execution_label === null ? "" : "those of the default label, else ";
  const detail = `flyteadmin drops the label, and its executions go to ${other}any enabled cluster. Enable one of its clusters, add one, or remove the label.`;
  return [{ code: "label-without-enabled-cluster", path, part: "key", summary, detail }];
}

/** In a list a label may come twice as it is; in a map, two keys may become one. */
function checkSameLabels(value: FlyteClusters): readonly ClusterFinding[] {
  const seen = new Map<string, string>();
  return value.label_cluster_map.flatMap((label, index): readonly ClusterFinding[] => {
    const name = nameLabel(value, label);
    const other = seen.get(name);
    seen.set(name, other ?? label.label);
    if (other === undefined) return [];
    const path = labelPath(value, label, index);
    if (value.label_map_form === "list") {
      const summary = `Label ${quoteSpelling(name, label.label)} is declared twice: only one of the two takes effect`;
      return [{ code: "duplicate-label", path, part: "key", summary }];
    }
    const summary = `Labels ${quoteText(other)} and ${quoteText(label.label)} become one, ${quoteSpelling(name, label.label)}`;
    return [{ code: "duplicate-label", path, part: "key", summary }];
  });
}

function checkDefaultLabel(value: FlyteClusters): readonly ClusterFinding[] {
  const label = value.default_execution_label;
  if (label === null || resolveLabels(value).has(label) || value.cluster_configs.length === 0) return [];
  const isWritten = value.label_cluster_map.some((known) => known.label === label);
  const isLowered = isWritten && value.label_map_form === "map" && label !== label.toLowerCase();
  const why = isLowered
    ? `is in the map, but flyteadmin stores it as ${quoteSpelling(label.toLowerCase(), label)}`
    : isWritten
      ? "has no enabled cluster"
      : "is not in labelClusterMap";
  const path = [...CLUSTERS_PATH, "defaultExecutionLabel"];
  return [
    { code: "unknown-default-label", path, part: "value", summary: `The default label ${quoteText(label)} ${why}` },
  ];
}

/** Without labels, the chart mounts the credentials neither in the sync deployment nor in flyteadmin's init container. */
function checkMissingLabels({ cluster_configs, label_cluster_map }: FlyteClusters): readonly ClusterFinding[] {
  if (label_cluster_map.length > 0 || !cluster_configs.some((cluster) => listCredentialPaths(cluster).length > 0))
    return [];
  const summary = "Clusters without a label: the chart mounts no credentials where resources are synced";
  return [{ code: "clusters-without-labels", path: CLUSTERS_PATH, part: "key", summary }];
}

/** `70 % "dp1", 30 % "dp2"`. */
function formatShares(shares: readonly ClusterShare[]): string {
  return shares.map(({ id, share }) => `${round(share * 100)} % ${quoteText(id)}`).join(", ");
}

function round(number: number): number {
  return Number(number.toFixed(4));
}
