import { parseFlyteClusters } from "../flyte-clusters/parse-flyte-clusters.ts";
import { renderFlyteClusters } from "../flyte-clusters/render-flyte-clusters.ts";
import { formatAddress } from "../model/address.ts";
import type {
  DesiredAttributes,
  DesiredFlyteClusters,
  DesiredPoolMap,
  DesiredSettings,
  Lifecycle,
} from "../model/desired.ts";
import type {
  ClusterLabelManifest,
  FlyteClustersManifest,
  PlacedLifecycleBody,
  PlacedManifest,
  PoolAttributesManifest,
  PoolMapManifest,
  SettingsManifest,
  Sound,
} from "../model/manifest.ts";
import { normaliseSettingValue } from "../model/settings.ts";
import { DEFAULT_LIFECYCLE } from "./build-desired.ts";
import { listMapPools } from "./list-map-pools.ts";
import { listSettings } from "./list-settings.ts";

/** The desired settings of a manifest, every value in the form in which values are compared. */
export function buildSettings(manifest: Sound<SettingsManifest>): DesiredSettings {
  const { scope, lifecycle, authoritative = false } = manifest.body;
  const values = listSettings(manifest.body).map(({ key, value }) => [key, normaliseSettingValue(key, value)] as const);
  return {
    kind: "settings",
    ...buildCommon(manifest, lifecycle),
    scope: { domain: scope?.domain ?? null, project: scope?.project ?? null },
    values: Object.fromEntries(values),
    authoritative,
    sensitive: manifest.body.sensitive ?? [],
  };
}

/** The desired map of a manifest. */
export function buildPoolMap(manifest: Sound<PoolMapManifest>): DesiredPoolMap {
  const pools = listMapPools(manifest).map(({ pool, clusters }) => ({
    pool,
    clusters: clusters.filter((cluster) => cluster !== undefined),
  }));
  return { kind: "cluster_pool_map", ...buildCommon(manifest, manifest.body.lifecycle), pools };
}

/** The desired cluster pool of a scope. */
export function buildPoolAttributes(manifest: Sound<PoolAttributesManifest>): DesiredAttributes {
  return { ...buildAttributes(manifest), kind: "cluster_pool_attributes", value: manifest.body.clusterPoolName };
}

/** The desired label of a scope. */
export function buildClusterLabel(manifest: Sound<ClusterLabelManifest>): DesiredAttributes {
  return { ...buildAttributes(manifest), kind: "execution_cluster_label", value: manifest.body.value };
}

/** The desired clusters of a Flyte control plane, with the files that are rendered from them. */
export function buildFlyteClusters(manifest: Sound<FlyteClustersManifest>): DesiredFlyteClusters {
  const value = parseFlyteClusters(manifest.body, manifest.name);
  return {
    kind: "flyte_clusters",
    ...buildCommon(manifest, manifest.body.lifecycle),
    previously: manifest.body.previously ?? null,
    value,
    files: renderFlyteClusters(value),
    sensitive: manifest.body.sensitive ?? [],
  };
}

function buildAttributes(manifest: Sound<PoolAttributesManifest | ClusterLabelManifest>) {
  const { project, domain, workflow, lifecycle } = manifest.body;
  return {
    ...buildCommon(manifest, lifecycle),
    scope: { project, domain: domain ?? null, workflow: workflow || null },
  };
}

function buildCommon(manifest: Sound<PlacedManifest>, lifecycle: PlacedLifecycleBody = {}) {
  const { kind, name, source } = manifest;
  return { address: formatAddress(kind, name), name, previously: null, lifecycle: buildLifecycle(lifecycle), source };
}

function buildLifecycle({ prevent_destroy, on_remove }: PlacedLifecycleBody): Lifecycle {
  return {
    ...DEFAULT_LIFECYCLE,
    prevent_destroy: prevent_destroy ?? DEFAULT_LIFECYCLE.prevent_destroy,
    on_remove: on_remove ?? DEFAULT_LIFECYCLE.on_remove,
  };
}
