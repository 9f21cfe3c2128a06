import { ATTRIBUTES_KINDS, mapKinds } from "../../kinds/registry.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { Declared, DesiredAttributes, DesiredCluster } from "../../model/objects/desired.ts";
import type { Manifest, RowManifest, Sound } from "../../model/objects/manifest.ts";
import { buildCluster, buildMember, buildPool, buildQueue } from "./build-desired.ts";
import { buildFlyteClusters, buildPoolMap, buildRow, buildSettings } from "./build-placed.ts";
import { checkAttributes } from "./check-attributes.ts";
import { checkBuckets } from "./check-buckets.ts";
import { checkClustersOfFlyte } from "./check-clusters-of-flyte.ts";
import { checkContracts } from "./check-contracts.ts";
import { checkCredentials } from "./check-credentials.ts";
import { checkLifecycles } from "./check-lifecycles.ts";
import { checkLimits } from "./check-limits.ts";
import { checkMapBuckets } from "./check-map-buckets.ts";
import { checkNames } from "./check-names.ts";
import { checkPoolMaps } from "./check-pool-maps.ts";
import { checkReferences } from "./check-references.ts";
import { checkScopes } from "./check-scopes.ts";
import { checkSettings } from "./check-settings.ts";
import type { Claim } from "./claim.ts";
import { createFindings } from "./collect-findings.ts";
import { type FolderIndex, findClusterPool, indexFolder } from "./folder-index.ts";

/** What the manifests want together, and what is wrong between them. */
export interface ResolvedDesired {
  /** Complete only when no diagnostic is an error. */
  readonly desired: Declared;
  readonly diagnostics: readonly Diagnostic[];
}

const CHECKS = [
  checkNames,
  checkReferences,
  checkCredentials,
  checkBuckets,
  checkContracts,
  checkLimits,
  checkLifecycles,
  checkScopes,
  checkSettings,
  checkPoolMaps,
  checkMapBuckets,
  checkAttributes,
  checkClustersOfFlyte,
] as const;

/**
 * Fills in defaults, merges `member_clusters` with Cluster manifests, and checks everything that takes more than one manifest: of a
 * manifest that breaks its schema, what is sound in it. Pure; the cost is linear. References to `claims` are not called unknown.
 */
export function resolveDesired(manifests: readonly Manifest[], claims: readonly Claim[] = []): ResolvedDesired {
  const index = indexFolder(manifests, claims);
  const { report, listDiagnostics } = createFindings();
  for (const check of CHECKS) check(index, report);
  return { desired: buildDesired(index), diagnostics: listDiagnostics() };
}

function buildDesired(index: FolderIndex): Declared {
  return {
    pools: buildAll(index.pools, buildPool),
    clusters: buildClusters(index).sort(compareNames),
    queues: buildAll(index.queues, buildQueue),
    settings: buildAll(index.settings, buildSettings),
    pool_maps: buildAll(index.poolMaps, buildPoolMap),
    flyte_clusters: buildAll(index.flyteClusters, buildFlyteClusters),
    rows: mapKinds(ATTRIBUTES_KINDS, (kind) => buildAll<RowManifest, DesiredAttributes>(index.rows[kind], buildRow)),
  };
}

/** The objects of the manifests that follow their schema, sorted by name. */
function buildAll<M extends Manifest, D extends { readonly name: string }>(
  manifests: ReadonlyMap<string, M>,
  build: (manifest: M & Sound<M>) => D,
): D[] {
  return [...manifests.values()].filter(isSound).map(build).sort(compareNames);
}

function buildClusters(index: FolderIndex): DesiredCluster[] {
  const clusters = [...index.clusters.values()]
    .filter(isSound)
    .map((manifest) => buildCluster(manifest, findClusterPool(index, manifest.body.name) ?? "default"));
  for (const [name, { pool }] of index.members) {
    if (!index.clusters.has(name) && isSound(pool)) clusters.push(buildMember(name, pool));
  }
  return clusters;
}

function isSound<M extends Manifest>(manifest: M): manifest is M & Sound<M> {
  return manifest.doubts === undefined;
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
