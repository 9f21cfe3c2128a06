import { formatAddress } from "../../model/address.ts";
import { readField } from "../../model/objects/attributes.ts";
import type {
  DeclaredSettings,
  DesiredAttributes,
  DesiredFlyteClusters,
  DesiredPoolMap,
  Lifecycle,
} from "../../model/objects/desired.ts";
import type {
  FlyteClustersManifest,
  PlacedLifecycleBody,
  PlacedManifest,
  PoolMapManifest,
  RowManifest,
  SettingsManifest,
  Sound,
} from "../../model/objects/manifest.ts";
import { readReference } from "../../model/objects/read-reference.ts";
import type { Reference } from "../../model/objects/reference.ts";
import { type DeclaredValue, normaliseSettingValue, type SettingKey } from "../../model/objects/settings.ts";
import { parseFlyteClusters } from "../flyte-clusters/parse-flyte-clusters.ts";
import { renderFlyteClusters } from "../flyte-clusters/render-flyte-clusters.ts";
import { DEFAULT_LIFECYCLE } from "./build-desired.ts";
import { listMapPools } from "./list-map-pools.ts";
import { listSettings } from "./list-settings.ts";

/** The settings that a manifest declares, every value in the form in which values are compared. */
export function buildSettings(manifest: Sound<SettingsManifest>): DeclaredSettings {
  const { scope, lifecycle, authoritative = false } = manifest.body;
  const values = listSettings(manifest.body).map(
    ({ key, value }) => [key, normaliseSettingValue(key, withReferences(key, value))] as const,
  );
  return {
    kind: "settings",
    ...buildCommon(manifest, lifecycle),
    scope: { domain: scope?.domain ?? null, project: scope?.project ?? null },
    values: Object.fromEntries(values),
    authoritative,
    sensitive: manifest.body.sensitive ?? [],
  };
}

type WrittenValue = NonNullable<Sound<SettingsManifest>["body"]["settings"]>[SettingKey];

/** A value in which references are distinguished from maps. */
function withReferences(key: string, value: NonNullable<WrittenValue>): DeclaredValue {
  if (typeof value !== "object") return value;
  const own = readReference([key], value);
  if (own !== null) return own;
  const entries = Object.entries(value).map(([name, entry]) => {
    return [name, typeof entry === "string" ? entry : readReference([key, name], entry)] as const;
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, string | Reference] => entry[1] !== null));
}

/** The desired map of a manifest. */
export function buildPoolMap(manifest: Sound<PoolMapManifest>): DesiredPoolMap {
  const pools = listMapPools(manifest).map(({ pool, clusters }) => ({
    pool,
    clusters: clusters.filter((cluster) => cluster !== undefined),
  }));
  return { kind: "cluster_pool_map", ...buildCommon(manifest, manifest.body.lifecycle), pools };
}

/** The desired row of a scope. */
export function buildRow(manifest: Sound<RowManifest>): DesiredAttributes {
  const { project, domain, workflow, lifecycle } = manifest.body;
  return {
    ...buildCommon(manifest, lifecycle),
    kind: manifest.kind,
    scope: { project, domain: domain ?? null, workflow: workflow || null },
    value: readField(manifest.kind, manifest.body),
  };
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
