import { ATTRIBUTES_KINDS, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import { readField } from "../../model/objects/attributes.ts";
import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import type { FlyteClustersManifest, RowManifest, Sound } from "../../model/objects/manifest.ts";
import { checkFlyteClusters } from "../flyte-clusters/check-flyte-clusters.ts";
import { findUnknownLabels, indexLabelUses } from "../flyte-clusters/check-label-uses.ts";
import type { ClusterFinding, LabelInUse } from "../flyte-clusters/cluster-finding.ts";
import { parseFlyteClusters } from "../flyte-clusters/parse-flyte-clusters.ts";
import { renderFlyteClusters } from "../flyte-clusters/render-flyte-clusters.ts";
import { ANY_NAME } from "./claim.ts";
import { formatOther, formatSource, type Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";

/** The rules of Flyte's clusters, the labels of the folder included. A label that one of several label maps knows is known. */
export function checkClustersOfFlyte(index: FolderIndex, report: Report): void {
  const labels = listLabels(index);
  const uses = [...labels.keys()];
  const firstUses = indexLabelUses(uses);
  const sound: readonly Parsed[] = [...index.flyteClusters.values()]
    .filter((manifest) => manifest.doubts === undefined)
    .map((manifest) => ({ manifest, value: parseFlyteClusters(manifest.body, manifest.name) }));
  const paths = new Map<string, FlyteClustersManifest>();
  for (const { manifest, value } of sound) {
    for (const finding of checkFlyteClusters(value, firstUses)) reportFinding(manifest, finding, report);
    checkPath(manifest, value.delivery.path, paths, report);
  }
  checkFolders(sound, paths, report);
  // What an invalid document would define is unknown.
  if (index.claimed.flyte_clusters.has(ANY_NAME)) return;
  const values = sound.map(({ value }) => value);
  for (const { use, ...finding } of findUnknownLabels(values, uses)) {
    const manifest = labels.get(use);
    if (manifest === undefined) continue;
    const { field } = KIND_DEFINITIONS[manifest.kind];
    reportFinding(manifest, { ...finding, path: [field], part: "value" }, report);
  }
}

function listLabels({ rows }: FolderIndex): ReadonlyMap<LabelInUse, RowManifest> {
  const kinds = ATTRIBUTES_KINDS.filter((kind) => KIND_DEFINITIONS[kind].refersTo === "label");
  const used = kinds.flatMap((kind) => [...rows[kind]]);
  const labels = used.flatMap(([name, manifest]) => {
    const value = readField(manifest.kind, manifest.body);
    const address = formatAddress(manifest.kind, name);
    return value === "" ? [] : [[{ value, address, source: formatSource(manifest) }, manifest] as const];
  });
  return new Map(labels);
}

type ReportedOn = FlyteClustersManifest | RowManifest;

function reportFinding(manifest: ReportedOn, { code, path, part, ...texts }: ClusterFinding, report: Report): void {
  const { summary, detail } = texts;
  const describe = () => (detail === undefined ? { summary } : { summary, detail });
  report(code, { manifest, path, part, describe });
}

interface Parsed {
  readonly manifest: Sound<FlyteClustersManifest>;
  readonly value: FlyteClusters;
}

/** A folder can't be where another object has a file. `paths`: whose place of the output each is. */
function checkFolders(
  sound: readonly Parsed[],
  paths: ReadonlyMap<string, FlyteClustersManifest>,
  report: Report,
): void {
  const outer = new Set(sound.flatMap(({ value }) => listFolders(value.delivery.path).map((path) => paths.get(path))));
  const owners = new Map<string, Parsed>();
  // Only files of an object that has another one's place below its own are in anybody's way.
  for (const one of sound.filter(({ manifest }) => outer.has(manifest))) {
    for (const { path } of renderFlyteClusters(one.value)) owners.set(path, one);
  }
  for (const { manifest, value } of sound) {
    const { path } = value.delivery;
    for (const file of [...listFolders(path), path]) {
      const owner = owners.get(file);
      if (owner === undefined) continue;
      const summary = `The files go to "${path}", and "${file}" is a file of ${formatOther(owner.manifest)}`;
      report("shared-delivery-path", { manifest, path: ["delivery", "path"], describe: () => ({ summary }) });
    }
  }
}

/** The folders that a path lies in, the outermost first. */
function listFolders(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join("/"));
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
