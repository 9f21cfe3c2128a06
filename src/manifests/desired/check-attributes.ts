import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { readField } from "../../model/objects/attributes.ts";
import { isRowManifest, type RowManifest } from "../../model/objects/manifest.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import type { Report } from "./collect-findings.ts";
import { type FolderIndex, hasPool, mayBeDeclared } from "./folder-index.ts";
import { listMapPools } from "./list-map-pools.ts";

/** Rows that name a pool name a ClusterPool, a pool of a map, or `default`; where the folder defines no pool, that is one warning. */
export function checkAttributes(index: FolderIndex, report: Report): void {
  const mapped = new Set([...index.poolMaps.values()].flatMap(listMapPools).map(({ pool }) => pool));
  const tellsPools = index.pools.size + mapped.size + index.claimed.cluster_pool.size > 0;
  const suggest = createSuggestNearest();
  const known = [...index.pools.keys(), ...mapped, "default"];
  const unknown = index.manifests.filter(
    (manifest): manifest is RowManifest =>
      isRowManifest(manifest) &&
      KIND_DEFINITIONS[manifest.kind].refersTo === "pool" &&
      !isKnown(poolOf(manifest), mapped, index),
  );
  const [first] = unknown;
  if (!tellsPools && first !== undefined) {
    const names = new Set(unknown.map(poolOf));
    const describe = () => ({ summary: `The folder declares no pool, so these are not checked: ${listNames(names)}` });
    report("unchecked-pools", { manifest: first, path: pathOf(first), describe });
    return;
  }
  for (const manifest of unknown) {
    const pool = poolOf(manifest);
    const describe = () => {
      const meant = suggest(pool, known);
      const remedy = "add a ClusterPool manifest for it, or add it to a ClusterPoolMap";
      return {
        summary: `No pool "${pool}" in the folder${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
        detail: meant === undefined ? `Correct the name, or ${remedy}.` : `Write "${meant}", or ${remedy}.`,
      };
    };
    report("unknown-reference", { manifest, path: pathOf(manifest), describe });
  }
}

/** Most names that a message lists. */
const MAX_LISTED = 10;

function poolOf({ kind, body }: RowManifest): string {
  return readField(kind, body);
}

function pathOf({ kind }: RowManifest): readonly string[] {
  return [KIND_DEFINITIONS[kind].field];
}

/** What is left out because it breaks the schema is reported there. */
function isKnown(pool: string, mapped: ReadonlySet<string>, index: FolderIndex): boolean {
  return pool === "" || hasPool(index, pool) || mapped.has(pool) || mayBeDeclared(index, "cluster_pool_map", pool);
}

function listNames(names: ReadonlySet<string | undefined>): string {
  const more = names.size > MAX_LISTED ? ` and ${names.size - MAX_LISTED} more` : "";
  return `${[...names].slice(0, MAX_LISTED).join(", ")}${more}`;
}
