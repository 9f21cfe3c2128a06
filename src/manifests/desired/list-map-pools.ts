import type { PoolMapManifest } from "../../model/objects/manifest.ts";

/** A pool of a map, with the clusters that could be read; a cluster's position in the list is kept. */
export interface MapPool {
  readonly map: PoolMapManifest;
  readonly pool: string;
  readonly clusters: readonly (string | undefined)[];
}

/** The pools of a map, in the order in which they are written. */
export function listMapPools(map: PoolMapManifest): readonly MapPool[] {
  return Object.entries(map.body).flatMap(([pool, clusters]) => (isList(clusters) ? [{ map, pool, clusters }] : []));
}

function isList(value: unknown): value is readonly (string | undefined)[] {
  return Array.isArray(value);
}
