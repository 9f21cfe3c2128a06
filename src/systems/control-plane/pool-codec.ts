import { create } from "@bufbuild/protobuf";
import type { LivePool } from "../../model/objects/live.ts";
import type { DataPlane, PoolConfig, PoolPatch } from "../../model/objects/spec.ts";
import { decodeLastChange } from "./authorship-codec.ts";
import { createEnumCodec } from "./enum-codec.ts";
import type { OperatorClusterData } from "./gen/cloudidl/cluster/cluster_pb.js";
import type { ClusterPool } from "./gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  type ClusterPoolConfig,
  ClusterPoolConfigSchema,
  type ImageRegistry,
  ImageRegistrySchema,
  type ObjectStoreRef,
  ObjectStoreRefSchema,
  type SecretStore,
  SecretStoreSchema,
} from "./gen/cloudidl/common/common_pb.js";

const SECRET_STORE_TYPE = createEnumCodec("secret_store.type", {
  UNSPECIFIED: 0,
  AWS_SECRETS_MANAGER: 1,
  GCP_SECRET_MANAGER: 2,
  AZURE_KEY_VAULT: 3,
  KUBERNETES: 4,
  VAULT: 5,
  OCI_VAULT: 6,
});

/** A pool as the planner sees it; `member_clusters` is left out, since clusters name their pool themselves. */
export function decodePool(pool: ClusterPool): LivePool {
  return {
    kind: "cluster_pool",
    name: pool.id?.name ?? "",
    config: {
      object_store_ref: decodeObjectStore(pool.config?.objectStoreRef) ?? { uri: "", endpoint: "" },
      secret_store: decodeSecretStore(pool.config?.secretStore) ?? { type: "UNSPECIFIED", locator: "" },
      image_registry: decodeRegistry(pool.config?.imageRegistry),
    },
    deleted: pool.deletedAt !== undefined,
    ...decodeLastChange(pool.authorship),
  };
}

/** What an operator declared; null when it has declared none of the three parts yet. */
export function decodeDataPlane(data: OperatorClusterData | undefined): DataPlane | null {
  const declared = {
    object_store_ref: decodeObjectStore(data?.metadataObjectStoreRef),
    secret_store: decodeSecretStore(data?.secretStore),
    image_registry: decodeRegistry(data?.imageRegistry),
  };
  return Object.values(declared).every((part) => part === null) ? null : declared;
}

/**
 * Puts what is set of a config onto the wire message of a fresh read (a new message when there is none): fields that are left out, and those
 * unknown to us, are kept. The message given is changed in place.
 */
export function mergePoolConfig(set: PoolPatch, message = create(ClusterPoolConfigSchema)): ClusterPoolConfig {
  const { object_store_ref: store, secret_store: secrets, image_registry: registry } = set;
  if (store !== undefined) {
    message.objectStoreRef = Object.assign(message.objectStoreRef ?? create(ObjectStoreRefSchema), store);
  }
  if (secrets !== undefined) {
    const { type, ...rest } = secrets;
    const spelled = type === undefined ? rest : { ...rest, type: SECRET_STORE_TYPE.encode(type) };
    message.secretStore = Object.assign(message.secretStore ?? create(SecretStoreSchema), spelled);
  }
  if (registry === null) delete message.imageRegistry;
  else if (registry !== undefined) {
    message.imageRegistry = Object.assign(message.imageRegistry ?? create(ImageRegistrySchema), registry);
  }
  return message;
}

function decodeObjectStore(store: ObjectStoreRef | undefined): PoolConfig["object_store_ref"] | null {
  return store === undefined || store.uri === "" ? null : { uri: store.uri, endpoint: store.endpoint };
}
function decodeSecretStore(store: SecretStore | undefined): PoolConfig["secret_store"] | null {
  if (store === undefined || (store.type === 0 && store.locator === "")) return null;
  return { type: SECRET_STORE_TYPE.decode(store.type), locator: store.locator };
}
function decodeRegistry(registry: ImageRegistry | undefined): PoolConfig["image_registry"] {
  return registry === undefined || registry.locator === "" ? null : { locator: registry.locator };
}
