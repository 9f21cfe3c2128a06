import { ATTRIBUTES_KINDS, type AttributesKind, KINDS, type Kind, mapKinds } from "../../kinds/registry.ts";
import type {
  ClusterManifest,
  FlyteClustersManifest,
  Manifest,
  PoolManifest,
  PoolMapManifest,
  QueueManifest,
  RowManifest,
  SettingsManifest,
} from "../../model/objects/manifest.ts";
import { ANY_NAME, type Claim } from "./claim.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** A pool's `member_clusters` entry. */
export interface Membership {
  readonly pool: PoolManifest;
  /** Position in the pool's list, from 0. */
  readonly index: number;
}

/** The manifests of a folder, and those with a name by kind and name. Of objects declared twice, the first counts. */
export interface FolderIndex {
  /** All of them, for what a manifest says on its own. */
  readonly manifests: readonly Manifest[];
  readonly pools: ReadonlyMap<string, PoolManifest>;
  readonly clusters: ReadonlyMap<string, ClusterManifest>;
  readonly queues: ReadonlyMap<string, QueueManifest>;
  readonly settings: ReadonlyMap<string, SettingsManifest>;
  readonly poolMaps: ReadonlyMap<string, PoolMapManifest>;
  readonly flyteClusters: ReadonlyMap<string, FlyteClustersManifest>;
  /** Rows of flyteadmin, by kind. */
  readonly rows: Readonly<Record<AttributesKind, ReadonlyMap<string, RowManifest>>>;
  /** The first entry of each cluster that a pool lists. */
  readonly members: ReadonlyMap<string, Membership>;
  /** Names whose declaration is unknown, because a document is invalid or two contradict each other. */
  readonly claimed: Readonly<Record<Kind, ReadonlySet<string>>>;
  /** Manifests that repeat an object, each with the one that counts. */
  readonly repeated: readonly { readonly manifest: Manifest; readonly first: Manifest }[];
  /** Entries that place a cluster in a second pool, each with the one that counts. */
  readonly claimedTwice: readonly {
    readonly name: string;
    readonly membership: Membership;
    readonly first: Membership;
  }[];
}

/** Sorts manifests into an index; linear. */
export function indexFolder(manifests: readonly Manifest[], claims: readonly Claim[]): FolderIndex {
  const named = createMaps();
  const repeated: { manifest: Manifest; first: Manifest }[] = [];
  for (const manifest of manifests) {
    const first = addFirst(manifest, named);
    if (first !== undefined) repeated.push({ manifest, first });
  }
  const { members, claimedTwice } = indexMembers(manifests);
  const claimed = indexClaims(claims);
  for (const { manifest } of repeated) if (manifest.name !== null) claimed[manifest.kind].add(manifest.name);
  for (const { name } of claimedTwice) claimed.cluster.add(name);
  return { manifests, ...named, repeated, members, claimedTwice, claimed };
}

function createMaps() {
  return {
    pools: new Map<string, PoolManifest>(),
    clusters: new Map<string, ClusterManifest>(),
    queues: new Map<string, QueueManifest>(),
    settings: new Map<string, SettingsManifest>(),
    poolMaps: new Map<string, PoolMapManifest>(),
    flyteClusters: new Map<string, FlyteClustersManifest>(),
    rows: mapKinds(ATTRIBUTES_KINDS, () => new Map<string, RowManifest>()),
  };
}

/** Adds a manifest under its name, or returns the one that is there already. */
function addFirst(manifest: Manifest, named: ReturnType<typeof createMaps>): Manifest | undefined {
  switch (manifest.kind) {
    case "cluster_pool":
      return setFirst(named.pools, manifest);
    case "cluster":
      return setFirst(named.clusters, manifest);
    case "queue":
      return setFirst(named.queues, manifest);
    case "settings":
      return setFirst(named.settings, manifest);
    case "cluster_pool_map":
      return setFirst(named.poolMaps, manifest);
    case "flyte_clusters":
      return setFirst(named.flyteClusters, manifest);
    default:
      return setFirst(named.rows[manifest.kind], manifest);
  }
}

function setFirst<M extends Manifest>(map: Map<string, M>, manifest: M): M | undefined {
  const { name } = manifest;
  const first = name === null ? undefined : map.get(name);
  if (name !== null && first === undefined) map.set(name, manifest);
  return first;
}

function indexMembers(manifests: readonly Manifest[]): Pick<FolderIndex, "members" | "claimedTwice"> {
  const members = new Map<string, Membership>();
  const claimedTwice: FolderIndex["claimedTwice"][number][] = [];
  for (const pool of manifests) {
    if (pool.kind !== "cluster_pool") continue;
    for (const [index, name] of (pool.body.member_clusters ?? []).entries()) {
      if (name === undefined) continue;
      const membership = { pool, index };
      const first = members.get(name);
      if (first === undefined) members.set(name, membership);
      // A pool that is declared twice is one mistake, not one for each of its members.
      else if (first.pool.body.name !== pool.body.name) claimedTwice.push({ name, membership, first });
    }
  }
  return { members, claimedTwice };
}

function indexClaims(claims: readonly Claim[]): Readonly<Record<Kind, Set<string>>> {
  const claimed = mapKinds(KINDS, () => new Set<string>());
  for (const { kind, name } of claims) claimed[kind].add(name);
  return claimed;
}

/** Whether something of this name may be declared that is not known, or not known for certain. */
export function mayBeDeclared({ claimed }: FolderIndex, kind: Kind, name: string): boolean {
  return claimed[kind].has(name) || claimed[kind].has(ANY_NAME);
}

/** Whether there is a pool of this name: declared, maybe declared, or `default`. */
export function hasPool(index: FolderIndex, name: string): boolean {
  return name === "default" || index.pools.has(name) || mayBeDeclared(index, "cluster_pool", name);
}

/** Whether a cluster of this name is declared: by its own manifest, or by a pool that lists it. */
export function hasCluster(index: FolderIndex, name: string): boolean {
  return index.clusters.has(name) || index.members.has(name);
}

/** Names under which clusters are declared, one by one: a caller that needs only some of them builds no list of all. */
export function* listClusterNames({ clusters, members }: FolderIndex): Generator<string> {
  yield* clusters.keys();
  yield* members.keys();
}

/**
 * The pool of a declared cluster: what its manifest says, else the pool that lists it, else `default`. Undefined where that is unknown,
 * because a document is invalid, or where two places contradict each other.
 */
export function findClusterPool(index: FolderIndex, name: string): string | undefined {
  const { clusters, members, claimed } = index;
  const manifest = clusters.get(name);
  const entry = members.get(name);
  if (claimed.cluster.has(name) || (manifest !== undefined && isDoubtful(manifest, ["pool"]))) return undefined;
  const told = manifest?.body.pool;
  if (entry === undefined) return told ?? (claimed.cluster.has(ANY_NAME) ? undefined : "default");
  const listed = entry.pool.body.name;
  return told === undefined || told === listed ? listed : undefined;
}
