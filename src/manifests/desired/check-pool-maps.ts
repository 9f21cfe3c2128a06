import type { PoolMapManifest } from "../../model/objects/manifest.ts";
import { formatOther, type Report } from "./collect-findings.ts";
import { type FolderIndex, hasCluster, mayBeDeclared } from "./folder-index.ts";
import { listMapPools, type MapPool } from "./list-map-pools.ts";

/** Maps of pools: each pool in one map, empty pools, clusters in several pools, clusters without a manifest. */
export function checkPoolMaps(index: FolderIndex, report: Report): void {
  const pools = [...index.poolMaps.values()].flatMap(listMapPools);
  checkRepeated(pools, report);
  checkEmpty(pools, report);
  checkSeveral(pools, report);
  for (const map of index.poolMaps.values()) checkManifests(map, index, report);
}

/** Within one map, YAML itself refuses a pool that is written twice. */
function checkRepeated(pools: readonly MapPool[], report: Report): void {
  const seen = new Map<string, PoolMapManifest>();
  for (const { map, pool } of pools) {
    const first = seen.get(pool);
    if (first === undefined) seen.set(pool, map);
    else {
      const describe = () => ({ summary: `Pool "${pool}" is already in another map: ${formatOther(first)}` });
      report("duplicate-entry", { manifest: map, path: [pool], part: "key", describe });
    }
  }
}

function checkEmpty(pools: readonly MapPool[], report: Report): void {
  for (const { map, pool, clusters } of pools) {
    if (clusters.length > 0) continue;
    const describe = () => ({ summary: `Pool "${pool}" has no cluster: work that is routed to it can't run` });
    report("empty-map-pool", { manifest: map, path: [pool], part: "key", describe });
  }
}

function checkSeveral(pools: readonly MapPool[], report: Report): void {
  const seen = new Map<string, Set<string>>();
  const told = new Set<string>();
  for (const { map, pool, clusters } of pools) {
    for (const [position, cluster] of clusters.entries()) {
      if (cluster === undefined) continue;
      const others = seen.get(cluster) ?? new Set();
      seen.set(cluster, others.add(pool));
      if (others.size !== 2 || told.has(cluster)) continue;
      told.add(cluster);
      const describe = () => ({ summary: `Cluster "${cluster}" is in several pools: ${[...others].join(", ")}` });
      report("cluster-in-several-pools", { manifest: map, path: [pool, position], describe });
    }
  }
}

/** Most names that a message lists. */
const MAX_LISTED = 10;

function checkManifests(map: PoolMapManifest, index: FolderIndex, report: Report): void {
  const entries = listMapPools(map).flatMap(({ pool, clusters }) =>
    clusters.map((cluster, position) => ({ cluster, path: [pool, position] })),
  );
  const unknown = entries.filter(
    ({ cluster }) => cluster !== undefined && !hasCluster(index, cluster) && !mayBeDeclared(index, "cluster", cluster),
  );
  const [first] = unknown;
  if (first === undefined) return;
  const describe = () => {
    const names = [...new Set(unknown.map(({ cluster }) => cluster))];
    const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
    return { summary: `Clusters without a manifest: ${names.slice(0, MAX_LISTED).join(", ")}${more}` };
  };
  report("map-cluster-without-manifest", { manifest: map, path: first.path, describe });
}
