import type { PoolAttributesManifest } from "../../model/manifest.ts";
import { createSuggestNearest } from "../../model/suggest-nearest.ts";
import type { Report } from "./collect-findings.ts";
import { type FolderIndex, hasPool, mayBeDeclared } from "./folder-index.ts";
import { listMapPools } from "./list-map-pools.ts";

/** Cluster pool attributes name a ClusterPool, a pool of a map, or `default`; where the folder defines no pool, that is one warning. */
export function checkAttributes(index: FolderIndex, report: Report): void {
  const mapped = new Set([...index.poolMaps.values()].flatMap(listMapPools).map(({ pool }) => pool));
  const tellsPools = index.pools.size + mapped.size + index.claimed.cluster_pool.size > 0;
  const suggest = createSuggestNearest();
  const known = [...index.pools.keys(), ...mapped, "default"];
  const unknown = index.manifests.filter(
    (manifest): manifest is PoolAttributesManifest =>
      manifest.kind === "cluster_pool_attributes" && !isKnown(manifest.body.clusterPoolName, mapped, index),
  );
  const [first] = unknown;
  if (!tellsPools && first !== undefined) {
    const names = new Set(unknown.map(({ body }) => body.clusterPoolName));
    const describe = () => ({ summary: `The folder defines no pool, so these are not checked: ${listNames(names)}` });
    report("unchecked-pools", { manifest: first, path: PATH, describe });
    return;
  }
  for (const manifest of unknown) {
    const pool = manifest.body.clusterPoolName ?? "";
    const describe = () => {
      const meant = suggest(pool, known);
      const remedy = "add a ClusterPool manifest for it, or put it into a ClusterPoolMap";
      return {
        summary: `No pool "${pool}" in the folder${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
        detail: meant === undefined ? `Correct the name, or ${remedy}.` : `Write "${meant}", or ${remedy}.`,
      };
    };
    report("unknown-reference", { manifest, path: PATH, describe });
  }
}

const PATH = ["clusterPoolName"];
/** Most names that a message lists. */
const MAX_LISTED = 10;

function isKnown(pool: string | undefined, mapped: ReadonlySet<string>, index: FolderIndex): boolean {
  return (
    pool === undefined || hasPool(index, pool) || mapped.has(pool) || mayBeDeclared(index, "cluster_pool_map", pool)
  );
}

function listNames(names: ReadonlySet<string | undefined>): string {
  const more = names.size > MAX_LISTED ? ` and ${names.size - MAX_LISTED} more` : "";
  return `${[...names].slice(0, MAX_LISTED).join(", ")}${more}`;
}
