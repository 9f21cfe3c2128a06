import type { Kind } from "../model/address.ts";
import type { Claim } from "../model/claim.ts";
import type { ClusterManifest, Manifest, PoolManifest, QueueManifest } from "../model/manifest.ts";

/** A pool's `member_clusters` entry. */
export interface Membership {
  readonly pool: PoolManifest;
  /** Position in the pool's list, from 0. */
  readonly index: number;
}

/** The manifests of a folder by kind and name. Of objects declared twice, the first counts. */
export interface FolderIndex {
  readonly pools: ReadonlyMap<string, PoolManifest>;
  readonly clusters: ReadonlyMap<string, ClusterManifest>;
  readonly queues: ReadonlyMap<string, QueueManifest>;
  /** The first entry of each cluster that a pool lists. */
  readonly members: ReadonlyMap<string, Membership>;
  /** Names that wrong documents take. */
  readonly claimed: Readonly<Record<Kind, ReadonlySet<string>>>;
  /** Manifests that repeat an object, each with the one that counts. */
  readonly repeated: readonly { readonly manifest: Manifest; readonly first: Manifest }[];
  /** Entries that place a cluster in a second pool, each with the one that counts. */
  readonly contested: readonly { readonly membership: Membership; readonly first: Membership }[];
}

/** Sorts manifests into an index; linear. */
export function indexFolder(manifests: readonly Manifest[], claims: readonly Claim[]): FolderIndex {
  const pools = new Map<string, PoolManifest>();
  const clusters = new Map<string, ClusterManifest>();
  const queues = new Map<string, QueueManifest>();
  const repeated: { manifest: Manifest; first: Manifest }[] = [];
  for (const manifest of manifests) {
    const first = addFirst(manifest, pools, clusters, queues);
    if (first !== undefined) repeated.push({ manifest, first });
  }
  return { pools, clusters, queues, repeated, ...indexMembers(pools), claimed: indexClaims(claims) };
}

/** Adds a manifest under its name, or returns the one that is there already. */
function addFirst(
  manifest: Manifest,
  pools: Map<string, PoolManifest>,
  clusters: Map<string, ClusterManifest>,
  queues: Map<string, QueueManifest>,
): Manifest | undefined {
  switch (manifest.kind) {
    case "cluster_pool":
      return setFirst(pools, manifest);
    case "cluster":
      return setFirst(clusters, manifest);
    case "queue":
      return setFirst(queues, manifest);
  }
}

function setFirst<M extends Manifest>(map: Map<string, M>, manifest: M): M | undefined {
  const first = map.get(manifest.body.name);
  if (first === undefined) map.set(manifest.body.name, manifest);
  return first;
}

function indexMembers(pools: ReadonlyMap<string, PoolManifest>): Pick<FolderIndex, "members" | "contested"> {
  const members = new Map<string, Membership>();
  const contested: { membership: Membership; first: Membership }[] = [];
  for (const pool of pools.values()) {
    for (const [index, name] of (pool.body.member_clusters ?? []).entries()) {
      const membership = { pool, index };
      const first = members.get(name);
      if (first === undefined) members.set(name, membership);
      else contested.push({ membership, first });
    }
  }
  return { members, contested };
}

function indexClaims(claims: readonly Claim[]): FolderIndex["claimed"] {
  const claimed = { cluster_pool: new Set<string>(), cluster: new Set<string>(), queue: new Set<string>() };
  for (const claim of claims) {
    claimed[claim.kind].add(claim.name);
    if (claim.kind === "cluster_pool") for (const member of claim.members) claimed.cluster.add(member);
  }
  return claimed;
}

/** Whether a cluster of this name is declared: by its own manifest, or by a pool that lists it. */
export function hasCluster(index: FolderIndex, name: string): boolean {
  return index.clusters.has(name) || index.members.has(name);
}

/** The pool of a declared cluster: what its manifest says, else the pool that lists it, else `default`. */
export function findClusterPool(index: FolderIndex, name: string): string {
  return index.clusters.get(name)?.body.pool ?? index.members.get(name)?.pool.body.name ?? "default";
}
