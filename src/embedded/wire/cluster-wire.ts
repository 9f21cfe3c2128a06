import { createHash } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { PoolConfig } from "../../model/objects/spec.ts";
import {
  type Cluster,
  type ClusterDrainStatusSchema,
  ClusterSchema,
  ClusterState,
  State as EnabledState,
  type Status,
  Status_Health,
} from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { enumValue } from "../state/enum-names.ts";
import type { ClusterRecord, State } from "../state/state.ts";
import { isClusterIdle } from "../state/work-in-flight.ts";
import { assessHealth, statusOf } from "./assess-health.ts";
import { authorshipToWire } from "./authorship-wire.ts";

const HEALTH = {
  unknown: Status_Health.UNKNOWN,
  healthy: Status_Health.HEALTHY,
  unhealthy: Status_Health.UNHEALTHY,
} as const;

/** A cluster as a message of the served generation: health, queues and drain status are derived. */
export function clusterToWire(state: State, record: ClusterRecord, now: number): Cluster {
  const organization = state.org;
  const pool = { organization, name: record.pool };
  return create(ClusterSchema, {
    spec: {
      id: { organization, name: record.name },
      state: enabledState(record),
      assignedConfigId: configId(state.pool.rows.get(record.pool)?.config),
    },
    status: statusToWire(state, record),
    queues: queuesOf(state, record).map((name) => ({ organization, name })),
    ...authorshipToWire(state, record),
    pool,
    ...(state.generation === "2026-07"
      ? { pools: [pool] }
      : { drainStatus: drainStatus(state, record, now), ...deletedAt(record) }),
  });
}

const configIds = new WeakMap<PoolConfig, string>();

/** An identifier of a pool's config: equal configs have the same one. Empty for a pool that does not exist. */
export function configId(config: PoolConfig | undefined): string {
  if (config === undefined) {
    return "";
  }
  const id = configIds.get(config) ?? createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 16);
  configIds.set(config, id);
  return id;
}

/** The live queues that route to the cluster: those that name it, and the `*` queues of its pool. */
function queuesOf(state: State, record: ClusterRecord): readonly string[] {
  if (record.state === "deleted") {
    return [];
  }
  const queues = [...(state.by.pins.get(record.name) ?? []), ...(state.by.wildcards.get(record.pool) ?? [])];
  return queues.sort();
}

function statusToWire(state: State, record: ClusterRecord): MessageInitShape<typeof ClusterSchema>["status"] & object {
  const { health, reasons } = assessHealth(state, record);
  const reported: Partial<Status> = statusOf(record) ?? {};
  const { $typeName: _name, ...fields } = reported;
  return { ...fields, state: enabledState(record), health: HEALTH[health], unhealthyReasons: [...reasons] };
}

function enabledState(record: ClusterRecord): EnabledState {
  return record.enabled ? EnabledState.ENABLED : EnabledState.DISABLED;
}

function drainStatus(
  state: State,
  record: ClusterRecord,
  now: number,
): MessageInitShape<typeof ClusterDrainStatusSchema> {
  const reportedAt = timestampFromMs(now);
  return {
    overallState: enumValue(ClusterState, record.state) ?? 0,
    workloads: {
      runs: { drained: isClusterIdle(state, record.name), reportedAt },
      apps: { drained: record.apps === 0, reportedAt },
    },
    generation: BigInt(record.generation),
  };
}

function deletedAt(record: ClusterRecord) {
  return record.deleted_at === null ? {} : { deletedAt: timestampFromMs(record.deleted_at) };
}
