import { readBucket } from "../../model/objects/bucket.ts";
import type { Report } from "./collect-findings.ts";
import { type FolderIndex, findClusterPool } from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";
import { listMapPools, type MapPool } from "./list-map-pools.ts";

/** Clusters share metadata exactly when they share a pool: one pool of a map has one bucket, and two pools have two. */
export function checkMapBuckets(index: FolderIndex, report: Report): void {
  const members = [...index.poolMaps.values()]
    .flatMap(listMapPools)
    .map((pool) => ({ pool, known: listKnown(pool, index) }));
  for (const { pool, known } of members) checkPool(pool, known, report);
  checkPools(members, report);
}

/** A cluster of a map whose bucket the folder defines. */
interface KnownMember {
  readonly cluster: string;
  readonly position: number;
  /** The bucket in comparable form: two pools never share one, even with different prefixes. */
  readonly store: string;
  /** The place in it: clusters of one pool have the same one. */
  readonly place: string;
  readonly uri: string;
  /** The ClusterPool that defines it; null where the cluster does. */
  readonly source: string | null;
}

function listKnown({ clusters }: MapPool, index: FolderIndex): readonly KnownMember[] {
  return clusters.flatMap((cluster, position) => {
    const bucket = cluster === undefined ? undefined : findBucket(cluster, index);
    return cluster === undefined || bucket === undefined ? [] : [{ cluster, position, ...bucket }];
  });
}

/** What the cluster's ClusterPool asks; a cluster that says otherwise has been reported. Without one, what the cluster declares. */
function findBucket(
  cluster: string,
  index: FolderIndex,
): Pick<KnownMember, "store" | "place" | "uri" | "source"> | undefined {
  const manifest = index.clusters.get(cluster);
  const pool = index.pools.get(findClusterPool(index, cluster) ?? "");
  const asked = pool?.body.config?.object_store_ref;
  const store = asked?.uri === undefined ? manifest?.body.data_plane?.object_store_ref : asked;
  if (store?.uri === undefined) return undefined;
  if (pool !== undefined && isDoubtful(pool, ["config", "object_store_ref", "endpoint"])) return undefined;
  if (manifest !== undefined && isDoubtful(manifest, ["data_plane", "object_store_ref", "endpoint"])) return undefined;
  const bucket = readBucket(store.uri, store.endpoint ?? "");
  const source = store === asked ? (pool?.name ?? null) : null;
  return { store: bucket.store, place: `${bucket.store}${bucket.prefix}`, uri: store.uri, source };
}

function checkPool({ map, pool }: MapPool, known: readonly KnownMember[], report: Report): void {
  const [first] = known;
  const other = known.find(({ place }) => place !== first?.place);
  if (first === undefined || other === undefined) return;
  const describe = () => ({
    summary: `Pool "${pool}" has clusters of two buckets: "${first.cluster}" and "${other.cluster}"`,
  });
  report("map-pool-with-several-buckets", { manifest: map, path: [pool, other.position], describe });
}

interface KnownPool {
  readonly pool: MapPool;
  readonly known: readonly KnownMember[];
}

/** A cluster in a pool of a map, and what defines its bucket. */
interface PlacedMember extends KnownMember {
  readonly pool: MapPool;
}

/** Who uses one bucket so far: by cluster, and the first by what defines it (null: a cluster itself). */
interface BucketUse {
  readonly clusters: Set<string>;
  readonly bySource: Map<string | null, PlacedMember>;
}

/** Pools that have a cluster in common necessarily share its bucket, which is reported once, for the cluster. */
function checkPools(members: readonly KnownPool[], report: Report): void {
  const uses = new Map<string, BucketUse>();
  for (const { pool, known } of members) {
    for (const [store, own] of Map.groupBy(known, (member) => member.store)) {
      const use = uses.get(store) ?? { clusters: new Set(), bySource: new Map() };
      const [first] = own;
      const isJoined = own.some(({ cluster }) => use.clusters.has(cluster));
      if (first !== undefined && !isJoined) checkShared({ ...first, pool }, use, report);
      for (const member of own) {
        use.clusters.add(member.cluster);
        if (!use.bySource.has(member.source)) use.bySource.set(member.source, { ...member, pool });
      }
      uses.set(store, use);
    }
  }
}

function checkShared(own: PlacedMember, { bySource }: BucketUse, report: Report): void {
  // Two ClusterPools on one bucket have been reported as that.
  const other = own.source === null ? bySource.values().next().value : (bySource.get(null) ?? bySource.get(own.source));
  if (other === undefined) return;
  const { map, pool } = own.pool;
  const describe = () => ({
    summary: `Pools "${other.pool.pool}" and "${pool}" share a bucket: clusters "${other.cluster}" and "${own.cluster}"`,
  });
  report("map-pools-share-bucket", { manifest: map, path: [pool, own.position], describe });
}
