import { formatAddress } from "../../model/address.ts";
import {
  isGone,
  type LifecycleState,
  type LiveCluster,
  type LiveQueue,
  type LiveState,
} from "../../model/objects/live.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { draftCoNamedLimits } from "./draft-limits.ts";
import { compactBody, type Drafts, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the live clusters under the names that they are registered by, with what was set on their own queues. */
export function draftClusters({ clusters, queues }: Pick<LiveState, "clusters" | "queues">): Drafts {
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  const gone = clusters.filter(({ state }) => isGone(state));
  return {
    drafts: clusters
      .filter(({ state }) => !isGone(state))
      .map((cluster) => draftCluster(cluster, byName.get(cluster.name))),
    left: gone.map(({ name, state }) => ({ what: formatAddress("cluster", name), reason: describeGone(state) })),
  };
}

/** Why a record that is gone is left out. */
export function describeGone(state: LifecycleState): string {
  return state === "deleting" ? "it is being deleted" : "it is deleted";
}

/** The state that a record is in or on its way to, as a manifest says it; undefined for the usual one. */
export function draftState(state: LifecycleState): "drained" | undefined {
  return state === "active" ? undefined : "drained";
}

function draftCluster(cluster: LiveCluster, queue: LiveQueue | undefined): ManifestDraft {
  const { name, pool, state } = cluster;
  const own = queue === undefined || isGone(queue.state) || queue.spec.cluster_pool !== pool ? undefined : queue;
  const limits = own === undefined ? {} : draftCoNamedLimits(own.spec);
  return {
    kind: "cluster",
    address: formatAddress("cluster", name),
    parts: [name],
    body: compactBody({
      name,
      pool,
      state: draftState(state),
      queue: Object.keys(limits).length === 0 ? undefined : limits,
    }),
    comments: listReadOnly(cluster),
  };
}

function listReadOnly({ enabled, data_plane }: LiveCluster): readonly string[] {
  const { object_store_ref: store, secret_store: secrets, image_registry: registry } = data_plane ?? {};
  const declared = [
    store && `bucket ${quote(store.uri)}${store.endpoint === "" ? "" : ` at ${quote(store.endpoint)}`}`,
    secrets && `secrets in ${secrets.type} ${quote(secrets.locator)}`,
    registry && `images from ${quote(registry.locator)}`,
  ].filter((part) => typeof part === "string");
  return [
    ...(declared.length === 0 ? [] : [`Declared by its operator, read-only: ${declared.join(", ")}.`]),
    ...(enabled ? [] : ["Disabled in the control plane: it takes no work. A manifest can't declare that."]),
  ];
}

function quote(text: string): string {
  return JSON.stringify(maskCredentials(text));
}
