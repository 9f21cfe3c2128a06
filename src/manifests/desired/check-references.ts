import { formatAddress } from "../../model/address.ts";
import type { ClusterManifest, Manifest, QueueManifest } from "../../model/objects/manifest.ts";
import { createSuggestNearest, type SuggestNearest } from "../../model/text/suggest-nearest.ts";
import { addressOf, formatSource, type Report } from "./collect-findings.ts";
import {
  type FolderIndex,
  findClusterPool,
  hasCluster,
  hasPool,
  listClusterNames,
  type Membership,
  mayBeDeclared,
} from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** References to pools and clusters: known, in one pool, in the queue's pool, not drained. */
export function checkReferences(index: FolderIndex, report: Report): void {
  const checking = { index, report, suggest: createSuggestNearest() };
  for (const manifest of index.manifests) {
    if (manifest.kind === "cluster") {
      checkPoolReference(manifest, "pool", manifest.body.pool, checking);
      checkMembership(manifest, checking);
    } else if (manifest.kind === "queue") {
      checkPoolReference(manifest, "cluster_pool", manifest.body.cluster_pool, checking);
      checkSelector(manifest, checking);
    }
  }
  for (const { name, membership, first } of index.claimedTwice) reportClaimedTwice(name, membership, first, report);
}

interface Checking {
  readonly index: FolderIndex;
  readonly report: Report;
  readonly suggest: SuggestNearest;
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

function checkMembership(manifest: ClusterManifest, { index, report }: Checking): void {
  const { name, pool } = manifest.body;
  const entry = name === undefined ? undefined : index.members.get(name);
  const listed = entry?.pool.body.name;
  if (entry === undefined || listed === undefined || pool === undefined || pool === listed || !hasPool(index, pool))
    return;
  const describe = () => ({
    summary: `Cluster "${name}" is in pool "${pool}", but ${addressOf(entry.pool)} lists it: ${formatSource(entry.pool)}`,
    detail: `Set pool to "${listed}", or remove the cluster from that pool's member_clusters.`,
  });
  report("pool-contradiction", { manifest, path: ["pool"], describe });
}

function reportClaimedTwice(name: string, { pool, index }: Membership, first: Membership, report: Report): void {
  const describe = () => ({
    summary: `Cluster "${name}" is already listed by ${addressOf(first.pool)}: ${formatSource(first.pool)}`,
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
    if (cluster !== undefined && cluster !== "*") checkSelected(manifest, position, cluster, checking);
  }
}

function checkSelected(manifest: QueueManifest, position: number, cluster: string, checking: Checking): void {
  const { index, report, suggest } = checking;
  const path = ["clusters", position];
  if (!hasCluster(index, cluster)) {
    if (mayBeDeclared(index, "cluster", cluster)) return;
    report("unknown-reference", {
      manifest,
      path,
      describe: () => describeUnknown("cluster", cluster, suggest(cluster, listClusterNames(index))),
    });
    return;
  }
  const queuePool = isDoubtful(manifest, ["cluster_pool"]) ? undefined : (manifest.body.cluster_pool ?? "default");
  const clusterPool = findClusterPool(index, cluster);
  if (queuePool !== clusterPool && isKnownPool(index, queuePool) && isKnownPool(index, clusterPool)) {
    const describe = () => ({
      summary: `Cluster "${cluster}" is in pool "${clusterPool}", the queue in pool "${queuePool}"`,
      detail: `Select clusters of pool "${queuePool}", or set cluster_pool to "${clusterPool}".`,
    });
    report("outside-pool", { manifest, path, describe });
  }
  checkDrained(manifest, path, index.clusters.get(cluster), report);
}

/** A pool that is in doubt or not there has been reported where it is named. */
function isKnownPool(index: FolderIndex, pool: string | undefined): boolean {
  return pool !== undefined && hasPool(index, pool);
}

function checkDrained(
  manifest: QueueManifest,
  path: (string | number)[],
  cluster: ClusterManifest | undefined,
  report: Report,
): void {
  if (cluster?.body.state?.toLowerCase() !== "drained") return;
  const describe = () => ({
    summary: `The queue pins cluster "${cluster.body.name}", which is declared drained: ${formatSource(cluster)}`,
  });
  report("drained-cluster-pinned", { manifest, path, describe });
}
