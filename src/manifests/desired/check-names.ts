import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { ClusterManifest, FlyteClustersManifest, Manifest, NamedManifest } from "../../model/objects/manifest.ts";
import { addressOf, formatOther, formatSource, type Report } from "./collect-findings.ts";
import { type FolderIndex, hasCluster } from "./folder-index.ts";

/** Objects declared twice, reserved names, queues and registrations that take a cluster's name, wrong earlier names. */
export function checkNames(index: FolderIndex, report: Report): void {
  for (const { manifest, first } of index.repeated) reportRepeated(manifest, first, report);
  checkReserved(index, report);
  checkQueueNames(index, report);
  checkRegistrations(index.clusters, report);
  const { pools, clusters, queues, flyteClusters } = index;
  for (const manifests of [pools, clusters, queues, flyteClusters]) checkPreviously(manifests, index, report);
}

function reportRepeated(manifest: Manifest, first: Manifest, report: Report): void {
  const describe = () => ({
    summary: `${addressOf(manifest)} is declared twice: first at ${formatSource(first)}`,
  });
  report("duplicate-object", { manifest, path: [KIND_DEFINITIONS[manifest.kind].shownAt], describe });
}

/** A manifest that may say how its object was called before. */
type RenamedManifest = NamedManifest | FlyteClustersManifest;

function checkReserved(index: FolderIndex, report: Report): void {
  const describe = () => ({ summary: 'A cluster cannot be named "default"' });
  const own = index.clusters.get("default");
  if (own !== undefined) report("reserved-name", { manifest: own, path: ["name"], describe });
  const entry = index.members.get("default");
  if (entry === undefined) return;
  report("reserved-name", {
    manifest: entry.pool,
    path: ["member_clusters", entry.index],
    address: "cluster.default",
    describe,
  });
}

function checkQueueNames(index: FolderIndex, report: Report): void {
  const registered = new Map<string, ClusterManifest>();
  for (const cluster of index.clusters.values()) {
    const name = cluster.body.registration?.name;
    if (name !== undefined) registered.set(name, cluster);
  }
  for (const [name, manifest] of index.queues) {
    const cluster = index.clusters.get(name) ?? registered.get(name) ?? index.members.get(name)?.pool;
    if (cluster === undefined || name === "default") continue;
    const describe = () => ({ summary: `Queue "${name}" has the name of a cluster: ${formatSource(cluster)}` });
    report("queue-named-as-cluster", { manifest, path: ["name"], describe });
  }
}

function checkRegistrations(clusters: FolderIndex["clusters"], report: Report): void {
  const taken = new Map<string, ClusterManifest>();
  for (const manifest of clusters.values()) {
    const name = manifest.body.registration?.name;
    if (name === undefined) continue;
    const path = ["registration", "name"];
    if (name === "default")
      report("reserved-name", {
        manifest,
        path,
        describe: () => ({ summary: 'A cluster cannot be registered as "default"' }),
      });
    const other = taken.get(name) ?? clusters.get(name);
    taken.set(name, taken.get(name) ?? manifest);
    if (other === undefined || other === manifest || name === "default") continue;
    const describe = () => ({ summary: `Name "${name}" is taken by ${formatOther(other)}` });
    report("registration-collision", { manifest, path, describe });
  }
}

function checkPreviously(manifests: ReadonlyMap<string, RenamedManifest>, index: FolderIndex, report: Report): void {
  const claimed = new Map<string, RenamedManifest>();
  for (const manifest of manifests.values()) {
    const { previously } = manifest.body;
    if (previously === undefined) continue;
    const twice = claimed.get(previously);
    claimed.set(previously, twice ?? manifest);
    const why = explainInUse(manifest, previously, manifests, index, twice);
    if (why === undefined) continue;
    const describe = () => ({ summary: `previously "${previously}" ${why}` });
    report("bad-previously", { manifest, path: ["previously"], describe });
  }
}

function explainInUse(
  manifest: RenamedManifest,
  previously: string,
  manifests: ReadonlyMap<string, RenamedManifest>,
  index: FolderIndex,
  twice: RenamedManifest | undefined,
): string | undefined {
  if (previously === manifest.name) return "is the object's current name";
  const live = manifests.get(previously);
  if (live !== undefined) return `is still declared at ${formatSource(live)}`;
  if (manifest.kind === "cluster" && hasCluster(index, previously)) return "is still listed by a pool";
  return twice === undefined ? undefined : `is also claimed by ${formatOther(twice)}`;
}
