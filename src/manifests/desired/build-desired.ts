import { formatAddress } from "../../model/address.ts";
import type { DesiredCluster, DesiredPool, DesiredQueue, Lifecycle } from "../../model/objects/desired.ts";
import type {
  ClusterManifest,
  DataPlaneBody,
  LifecycleBody,
  NamedManifest,
  PoolManifest,
  QueueManifest,
  Readable,
  Sound,
} from "../../model/objects/manifest.ts";
import {
  LIMITS,
  type Limit,
  QUEUE_LIMITS,
  type QueueLimits,
  type WrittenLimits,
} from "../../model/objects/queue-limits.ts";
import { type DataPlane, QUEUE_DEFAULTS } from "../../model/objects/spec.ts";
import { parseDuration } from "../../model/text/parse-duration.ts";

/** What a manifest without `lifecycle` says, as the schemas document it. */
export const DEFAULT_LIFECYCLE: Lifecycle = {
  prevent_destroy: false,
  on_remove: "delete",
  ignore_changes: [],
  drain_timeout_ms: null,
  await: "registered",
};

/** The desired pool of a manifest: missing endpoint and locator are "", no image registry is null. */
export function buildPool(manifest: Sound<PoolManifest>): DesiredPool {
  const { config } = manifest.body;
  return {
    kind: "cluster_pool",
    ...buildCommon(manifest),
    config: {
      object_store_ref: buildObjectStore(config.object_store_ref),
      secret_store: buildSecretStore(config.secret_store),
      image_registry: buildRegistry(config.image_registry),
    },
  };
}

/** The desired cluster of a manifest, in the pool that was found for it. */
export function buildCluster(manifest: Sound<ClusterManifest>, pool: string): DesiredCluster {
  const { body } = manifest;
  return {
    kind: "cluster",
    ...buildCommon(manifest),
    pool,
    state: buildState(body.state),
    data_plane: buildDataPlane(body.data_plane),
    registration: { name: body.registration?.name ?? null, previous: body.registration?.previous ?? null },
    queue: body.queue === undefined || body.queue === null ? null : buildLimits(body.queue),
  };
}

/** The desired cluster of a `member_clusters` entry, which has no manifest of its own: all defaults. */
export function buildMember(name: string, pool: Sound<PoolManifest>): DesiredCluster {
  return {
    kind: "cluster",
    address: formatAddress("cluster", name),
    name,
    previously: null,
    lifecycle: DEFAULT_LIFECYCLE,
    source: pool.source,
    pool: pool.body.name,
    state: "active",
    data_plane: null,
    registration: { name: null, previous: null },
    queue: null,
  };
}

/** The desired queue of a manifest, defaults filled in; `declared` are the limits that the manifest itself names. */
export function buildQueue(manifest: Sound<QueueManifest>): DesiredQueue {
  const { body } = manifest;
  const limits = buildLimits(body);
  return {
    kind: "queue",
    ...buildCommon(manifest),
    spec: {
      ...QUEUE_DEFAULTS,
      run_concurrency: body.run_concurrency,
      action_concurrency: body.action_concurrency,
      ...limits,
      cluster_pool: body.cluster_pool ?? "default",
      clusters: body.clusters?.toSorted() ?? QUEUE_DEFAULTS.clusters,
    },
    // `scheduling: unspecified` is what the upstream edit buffer writes for "none": it asks nothing of a server.
    declared: Object.keys(limits).filter((field) => field !== "scheduling" || limits.scheduling !== "unspecified"),
    state: buildState(body.state),
  };
}

function buildCommon(manifest: Sound<NamedManifest>) {
  const { name, previously, lifecycle } = manifest.body;
  const address = formatAddress(manifest.kind, name);
  return {
    address,
    name,
    previously: previously ?? null,
    lifecycle: buildLifecycle(lifecycle),
    source: manifest.source,
  };
}

function buildLifecycle(body: LifecycleBody | undefined): Lifecycle {
  if (body === undefined) return DEFAULT_LIFECYCLE;
  return {
    prevent_destroy: body.prevent_destroy ?? DEFAULT_LIFECYCLE.prevent_destroy,
    on_remove: body.on_remove ?? DEFAULT_LIFECYCLE.on_remove,
    ignore_changes: body.ignore_changes ?? DEFAULT_LIFECYCLE.ignore_changes,
    drain_timeout_ms: body.drain_timeout === undefined ? null : (parseDuration(body.drain_timeout) ?? null),
    await: body.await ?? DEFAULT_LIFECYCLE.await,
  };
}

function buildState(state: string | undefined): "active" | "drained" {
  return state?.toLowerCase() === "drained" ? "drained" : "active";
}

function buildObjectStore(body: Readable<NonNullable<DataPlaneBody["object_store_ref"]>>) {
  return { uri: body.uri ?? "", endpoint: body.endpoint ?? "" };
}

function buildSecretStore(body: Readable<NonNullable<DataPlaneBody["secret_store"]>>) {
  return { type: body.type ?? "", locator: body.locator ?? "" };
}

function buildRegistry(body: Readable<DataPlaneBody>["image_registry"]) {
  const locator = body?.locator ?? "";
  return locator === "" ? null : { locator };
}

/** A data plane as far as a manifest describes it: parts that it does not name are null, fields that it does not name empty. */
export function buildDataPlane(body: Readable<DataPlaneBody> | null | undefined): DataPlane | null {
  if (body === null || body === undefined) return null;
  return {
    object_store_ref: body.object_store_ref === undefined ? null : buildObjectStore(body.object_store_ref),
    secret_store: body.secret_store === undefined ? null : buildSecretStore(body.secret_store),
    image_registry: buildRegistry(body.image_registry),
  };
}

/** The limits that a body names, in the control plane's spelling; null counts as left out. */
function buildLimits(body: WrittenLimits): Partial<QueueLimits> {
  const built = LIMITS.map((limit) => [limit, buildLimit(limit, body[limit] ?? undefined)] as const);
  return Object.fromEntries(built.filter(([, value]) => value !== undefined));
}

function buildLimit(limit: Limit, written: NonNullable<WrittenLimits[Limit]> | undefined) {
  if (typeof written === "string") return written.toLowerCase();
  return typeof written === "object" && QUEUE_LIMITS[limit].form === "quantities" ? buildQuantities(written) : written;
}

function buildQuantities(resources: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, quantity]) => [name, String(quantity)]));
}
