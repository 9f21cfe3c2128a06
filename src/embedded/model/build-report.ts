import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { PoolConfig } from "../../model/objects/spec.ts";

/** Capacity of a simulated cluster, in the wire's terms. */
const CAPACITY = { cpu_unscaled: "64", memory_mega: "262144", storage_mega: "1048576", gpu_unscaled: "8" };

/** The report of an operator that declares exactly a pool's contract and has synced its config. */
export function buildReport(config: PoolConfig, config_id: string): JsonObject {
  const { object_store_ref, secret_store, image_registry } = config;
  return {
    health: "HEALTHY",
    state: "STATE_ENABLED",
    capabilities: { resources: { capacity: CAPACITY } },
    operator_cluster_data: {
      metadata_object_store_ref: { ...object_store_ref },
      secret_store: { ...secret_store, type: `SECRET_STORE_TYPE_${secret_store.type}` },
      ...(image_registry === null ? {} : { image_registry: { ...image_registry } }),
    },
    synced_config: { config_id },
  };
}

/** A report with another declared data plane or capacity; what is undefined stays unchanged. */
export function amendReport(
  report: JsonObject | null,
  amend: { data: JsonValue | undefined; capacity: JsonValue | undefined },
): JsonObject {
  const { data, capacity } = amend;
  return {
    health: "HEALTHY",
    state: "STATE_ENABLED",
    ...report,
    ...(data === undefined ? {} : { operator_cluster_data: data }),
    ...(capacity === undefined ? {} : { capabilities: { resources: { capacity } } }),
  };
}
