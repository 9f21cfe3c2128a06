import { formatAddress } from "../../model/address.ts";
import type { LivePool, LiveState } from "../../model/objects/live.ts";
import { compactBody, type Drafts, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the live pools. `default` needs none and gets one where it is used: its config is then what clusters are held to. */
export function draftPools({ pools, clusters }: Pick<LiveState, "pools" | "clusters">): Drafts {
  const used = new Set(clusters.map(({ pool }) => pool));
  return {
    drafts: pools.filter(({ name, deleted }) => !deleted && (name !== "default" || used.has(name))).map(draftPool),
    left: pools
      .filter(({ deleted }) => deleted)
      .map(({ name }) => ({ what: formatAddress("cluster_pool", name), reason: "it is deleted" })),
  };
}

function draftPool({ name, config }: LivePool): ManifestDraft {
  const { object_store_ref: store, secret_store: secrets, image_registry: registry } = config;
  const body = {
    name,
    config: compactBody({
      object_store_ref: compactBody({ uri: store.uri, endpoint: store.endpoint || undefined }),
      secret_store: compactBody({ type: secrets.type, locator: secrets.locator || undefined }),
      image_registry: registry === null || registry.locator === "" ? undefined : { locator: registry.locator },
    }),
  };
  return { kind: "cluster_pool", address: formatAddress("cluster_pool", name), parts: [name], body, comments: [] };
}
