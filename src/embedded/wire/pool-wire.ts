import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { PoolConfig } from "../../model/objects/spec.ts";
import {
  type ClusterPool,
  ClusterPoolSchema,
} from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  type ClusterPoolConfig,
  SecretStore_SecretStoreType,
} from "../../systems/control-plane/gen/cloudidl/common/common_pb.js";
import { enumName, enumValue } from "../state/enum-names.ts";
import type { PoolRecord, State } from "../state/state.ts";
import { authorshipToWire } from "./authorship-wire.ts";

/** A pool's config in its stored form; undefined where the object store or the secret store is missing. */
export function poolConfigFromWire(config: ClusterPoolConfig | undefined): PoolConfig | undefined {
  if (config?.objectStoreRef === undefined || config.secretStore === undefined) {
    return undefined;
  }
  const { objectStoreRef, secretStore, imageRegistry } = config;
  return {
    object_store_ref: { uri: objectStoreRef.uri, endpoint: objectStoreRef.endpoint },
    secret_store: {
      type: enumName(SecretStore_SecretStoreType, secretStore.type).toUpperCase(),
      locator: secretStore.locator,
    },
    image_registry: imageRegistry === undefined ? null : { locator: imageRegistry.locator },
  };
}

/** A pool as its wire message; `member_clusters` is derived from the clusters registered in it. */
export function poolToWire(state: State, record: PoolRecord): ClusterPool {
  const organization = state.org;
  const members = [...(state.by.members.get(record.name) ?? [])].sort();
  const { object_store_ref, secret_store, image_registry } = record.config;
  return create(ClusterPoolSchema, {
    id: { organization, name: record.name },
    ...authorshipToWire(state, record),
    memberClusters: members.map((name) => ({ organization, name })),
    config: {
      objectStoreRef: object_store_ref,
      secretStore: {
        type: enumValue(SecretStore_SecretStoreType, secret_store.type) ?? 0,
        locator: secret_store.locator,
      },
      ...(image_registry === null ? {} : { imageRegistry: image_registry }),
    },
    ...(record.deleted_at === null ? {} : { deletedAt: timestampFromMs(record.deleted_at) }),
  });
}
