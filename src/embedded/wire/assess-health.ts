import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import type { PoolConfig } from "../../model/objects/spec.ts";
import {
  type Status,
  Status_Health,
  StatusSchema,
} from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { SecretStore_SecretStoreType } from "../../systems/control-plane/gen/cloudidl/common/common_pb.js";
import { enumName } from "../state/enum-names.ts";
import type { ClusterRecord, State } from "../state/state.ts";

/** A cluster's health, and why it is unhealthy. `unknown` until its operator has reported. */
export interface Health {
  readonly health: "unknown" | "healthy" | "unhealthy";
  readonly reasons: readonly string[];
}

/**
 * A cluster's health as the server computes it: what its operator reported, and whether the data plane that it declared is
 * that of the cluster's current pool. Derived on each read, so a changed pool or a move takes effect immediately.
 */
export function assessHealth(state: State, cluster: ClusterRecord): Health {
  const status = statusOf(cluster);
  if (status === undefined) {
    return { health: "unknown", reasons: [] };
  }
  const pool = state.pool.rows.get(cluster.pool);
  const reasons = [
    ...status.unhealthyReasons,
    ...(pool === undefined ? [] : compareContract(status, pool.config, pool.name)),
  ];
  const unhealthy = reasons.length > 0 || status.health === Status_Health.UNHEALTHY;
  return { health: unhealthy ? "unhealthy" : "healthy", reasons };
}

/** Whether queues send work to the cluster: active, enabled and healthy. */
export function takesWork(state: State, cluster: ClusterRecord): boolean {
  return cluster.state === "active" && cluster.enabled && assessHealth(state, cluster).health === "healthy";
}

const parsed = new WeakMap<JsonObject, Status>();

/** The last report of the cluster's operator; undefined before the first. The message is shared: do not modify it. */
export function statusOf(cluster: ClusterRecord): Status | undefined {
  if (cluster.status === null) {
    return undefined;
  }
  const known = parsed.get(cluster.status);
  if (known !== undefined) {
    return known;
  }
  const status = fromJson(StatusSchema, cluster.status, { ignoreUnknownFields: true });
  parsed.set(cluster.status, status);
  return status;
}

/** A report in its stored form. */
export function statusToJson(status: Status): JsonObject {
  const json = toJson(StatusSchema, status, { useProtoFieldName: true });
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError("a message is always a JSON object");
  }
  return json;
}

/** The differences of the declared data plane from the pool's contract. Fields that the operator does not declare are not compared. */
function compareContract(status: Status, config: PoolConfig, pool: string): readonly string[] {
  const declared = status.operatorClusterData;
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["object store", declared?.metadataObjectStoreRef?.uri, config.object_store_ref.uri],
    ["object store endpoint", declared?.metadataObjectStoreRef?.endpoint, config.object_store_ref.endpoint],
    ["secret store type", storeType(declared?.secretStore?.type), config.secret_store.type],
    ["secret store locator", declared?.secretStore?.locator, config.secret_store.locator],
    ["image registry", declared?.imageRegistry?.locator, config.image_registry?.locator],
  ];
  return pairs.flatMap(([what, is, wanted]) =>
    is === undefined || wanted === undefined || is === wanted
      ? []
      : [`${what} is "${is}" but cluster pool "${pool}" requires "${wanted}"`],
  );
}

function storeType(type: number | undefined): string | undefined {
  return type === undefined ? undefined : enumName(SecretStore_SecretStoreType, type).toUpperCase();
}
