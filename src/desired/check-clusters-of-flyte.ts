import { checkFlyteClusters } from "../flyte-clusters/check-flyte-clusters.ts";
import type { ClusterFinding, LabelInUse } from "../flyte-clusters/cluster-finding.ts";
import { parseFlyteClusters } from "../flyte-clusters/parse-flyte-clusters.ts";
import { formatAddress } from "../model/address.ts";
import { ANY_NAME } from "../model/claim.ts";
import type { ClusterLabelManifest, FlyteClustersManifest, Sound } from "../model/manifest.ts";
import { formatOther, formatSource, type Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";

/** The rules of Flyte's clusters, the labels of the folder included. A label that one of several label maps knows is known. */
export function checkClustersOfFlyte(index: FolderIndex, report: Report): void {
  const labels = listLabels(index);
  const uses = [...labels.keys()];
  const sound = [...index.flyteClusters.values()].filter((manifest) => manifest.doubts === undefined);
  const missed = new Map<LabelInUse, ClusterFinding[]>();
  const paths = new Map<string, FlyteClustersManifest>();
  for (const manifest of sound) {
    const value = parseFlyteClusters(manifest.body, manifest.name);
    for (const finding of checkFlyteClusters(value, { labels: uses })) {
      if (finding.label === undefined) reportFinding(manifest, finding, report);
      else missed.set(finding.label, [...(missed.get(finding.label) ?? []), finding]);
    }
    checkPath(manifest, value.delivery.path, paths, report);
  }
  // What a document that is wrong knows cannot be told.
  if (index.claimed.flyte_clusters.has(ANY_NAME)) return;
  for (const [use, findings] of missed) {
    const [finding] = findings;
    const manifest = labels.get(use);
    if (finding === undefined || manifest === undefined || findings.length < sound.length) continue;
    reportFinding(manifest, { ...finding, path: ["value"], part: "value" }, report);
  }
}

function listLabels({ clusterLabels }: FolderIndex): ReadonlyMap<LabelInUse, ClusterLabelManifest> {
  const labels = [...clusterLabels].flatMap(([name, manifest]) => {
    const { value } = manifest.body;
    const address = formatAddress(manifest.kind, name);
    return value === undefined ? [] : [[{ value, address, source: formatSource(manifest) }, manifest] as const];
  });
  return new Map(labels);
}

type ReportedOn = FlyteClustersManifest | ClusterLabelManifest;

function reportFinding(manifest: ReportedOn, { code, path, part, ...texts }: ClusterFinding, report: Report): void {
  const { summary, detail } = texts;
  const describe = () => (detail === undefined ? { summary } : { summary, detail });
  report(code, { manifest, path, part, describe });
}

/** Two objects in one place of the output would overwrite each other's files. */
function checkPath(
  manifest: Sound<FlyteClustersManifest>,
  path: string,
  paths: Map<string, FlyteClustersManifest>,
  report: Report,
): void {
  const other = paths.get(path);
  paths.set(path, other ?? manifest);
  if (other === undefined) return;
  const describe = () => ({ summary: `The files go to "${path}", as do those of ${formatOther(other)}` });
  report("shared-delivery-path", { manifest, path: ["delivery", "path"], describe });
}
