import { formatAddress } from "../model/address.ts";
import type { ClusterManifest, Manifest, QueueManifest } from "../model/manifest.ts";
import { createSuggestNearest, type SuggestNearest } from "../model/suggest-nearest.ts";
import { addressOf, formatSource, type Report } from "./collect-findings.ts";
import { type FolderIndex, findClusterPool, hasCluster, type Membership } from "./folder-index.ts";

/** References to pools and clusters: known, in one pool, in the queue's pool, not drained. */
export function checkReferences(index: FolderIndex, report: Report): void {
  const suggest = createSuggestNearest();
  for (const manifest of index.clusters.values()) {
    checkPoolReference(manifest, "pool", manifest.body.pool, { index, report, suggest });
    checkMembership(manifest, index.members.get(manifest.body.name), report);
  }
  for (const { membership, first } of index.contested) reportContested(membership, first, report);
  for (const manifest of index.queues.values()) {
    checkPoolReference(manifest, "cluster_pool", manifest.body.cluster_pool, { index, report, suggest });
    checkSelector(manifest, { index, report, suggest });
  }
}

interface Checking {
  readonly index: FolderIndex;
  readonly report: Report;
  readonly suggest: SuggestNearest;
}

function hasPool(index: FolderIndex, name: string): boolean {
  return name === "default" || index.pools.has(name) || index.claimed.cluster_pool.has(name);
}

function checkPoolReference(manifest: Manifest, field: string, pool: string | undefined, checking: Checking): void {
  const { index, report, suggest } = checking;
  if (pool === undefined || hasPool(index, pool)) return;
  const describe = () => describeUnknown("pool", pool, suggest(pool, index.pools.keys()));
  report("unknown-reference", { manifest, path: [field], describe });
}

function describeUnknown(what: "pool" | "cluster", name: string, meant: string | undefined) {
  const article = what === "pool" ? "a ClusterPool" : "a Cluster";
  return {
    summary: `No ${what} "${name}" in the folder${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    detail:
      meant === undefined
        ? `Correct the name, or add ${article} manifest for it.`
        : `Write "${meant}", or add ${article} manifest.`,
  };
}

function checkMembership(manifest: ClusterManifest, entry: Membership | undefined, report: Report): void {
  const { name, pool } = manifest.body;
  if (entry === undefined || pool === undefined || pool === entry.pool.body.name) return;
  const describe = () => ({
    summary: `Cluster "${name}" is in pool "${pool}", but ${addressOf(entry.pool)} lists it: ${formatSource(entry.pool)}`,
    detail: `Set pool to "${entry.pool.body.name}", or take the cluster out of that pool's member_clusters.`,
  });
  report("pool-contradiction", { manifest, path: ["pool"], describe });
}

function reportContested(membership: Membership, first: Membership, report: Report): void {
  const { pool, index } = membership;
  const name = pool.body.member_clusters?.[index] ?? "";
  const describe = () => ({
    summary: `Cluster "${name}" is listed by ${addressOf(first.pool)} already: ${formatSource(first.pool)}`,
  });
  report("pool-contradiction", {
    manifest: pool,
    path: ["member_clusters", index],
    address: formatAddress("cluster", name),
    describe,
  });
}

function checkSelector(manifest: QueueManifest, checking: Checking): void {
  const clusters = manifest.body.clusters ?? ["*"];
  const star = clusters.indexOf("*");
  if (star !== -1 && clusters.length > 1) {
    const describe = () => ({ summary: "The selector mixes `*` with names of clusters" });
    checking.report("wildcard-mixed", { manifest, path: ["clusters", star], describe });
  }
  for (const [position, cluster] of clusters.entries()) {
    if (cluster !== "*") checkSelected(manifest, position, cluster, checking);
  }
}

function checkSelected(manifest: QueueManifest, position: number, cluster: string, checking: Checking): void {
  const { index, report, suggest } = checking;
  const path = ["clusters", position];
  if (!hasCluster(index, cluster)) {
    if (index.claimed.cluster.has(cluster)) return;
    const names = () => [...index.clusters.keys(), ...index.members.keys()];
    report("unknown-reference", {
      manifest,
      path,
      describe: () => describeUnknown("cluster", cluster, suggest(cluster, names())),
    });
    return;
  }
  const queuePool = manifest.body.cluster_pool ?? "default";
  const clusterPool = findClusterPool(index, cluster);
  if (clusterPool !== queuePool && !index.claimed.cluster.has(cluster)) {
    const describe = () => ({
      summary: `Cluster "${cluster}" is in pool "${clusterPool}", the queue in pool "${queuePool}"`,
      detail: `Select clusters of pool "${queuePool}", or set cluster_pool to "${clusterPool}".`,
    });
    report("outside-pool", { manifest, path, describe });
  }
  checkDrained(manifest, path, index.clusters.get(cluster), report);
}

function checkDrained(
  manifest: QueueManifest,
  path: (string | number)[],
  cluster: ClusterManifest | undefined,
  report: Report,
): void {
  if (cluster?.body.state?.toLowerCase() !== "drained") return;
  const describe = () => ({
    summary: `The queue pins cluster "${cluster.body.name}", which is to be drained: ${formatSource(cluster)}`,
  });
  report("drained-cluster-pinned", { manifest, path, describe });
}
