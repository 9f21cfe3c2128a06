import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  HealthStatus,
  type WatchClustersRequest,
  type WatchClustersResponse,
  WatchClustersResponseSchema,
} from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import type {
  QueueMetricsSchema,
  WatchOneQueueMetricsRequest,
  WatchQueueMetricsRequest,
} from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { SchedulingAlgorithm } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import type { Model } from "../model/create-model.ts";
import { readName } from "../rules/check-request.ts";
import { listPage } from "../rules/list-page.ts";
import { enumValue } from "../state/enum-names.ts";
import { findLivePool, findQueue } from "../state/find-record.ts";
import type { QueueRecord, State, Work } from "../state/state.ts";
import type { Figures } from "../state/work-in-flight.ts";
import { assessHealth } from "../wire/assess-health.ts";
import { clusterToWire } from "../wire/cluster-wire.ts";
import { capsToWire } from "../wire/queue-spec-wire.ts";

const NO_WORK: Work = { runs: 0, actions: 0, depth: 0 };

type Metrics = MessageInitShape<typeof QueueMetricsSchema> & object;

/** Metrics of one queue, in any state (2026-07). */
export function readOneQueueMetrics(
  { state, figures }: Model,
  request: WatchOneQueueMetricsRequest,
): { metrics: Metrics } {
  return { metrics: metricsOf(state, findQueue(state, readName(state, request.id)), figures()) };
}

/** Metrics of the named queues of a pool, in any state; of all its live queues where none is named (2026-11). */
export function readQueueMetrics({ state, figures }: Model, request: WatchQueueMetricsRequest): { metrics: Metrics[] } {
  const pool = findLivePool(state, readName(state, request.poolId)).name;
  const names = request.queueNames.length > 0 ? request.queueNames : [...(state.by.queues.get(pool) ?? [])].sort();
  const queues = names.flatMap((name) => state.queue.rows.get(name) ?? []);
  const shown = figures();
  const metrics = queues
    .filter((queue) => queue.spec.cluster_pool === pool)
    .map((queue) => metricsOf(state, queue, shown));
  return { metrics };
}

function metricsOf(state: State, queue: QueueRecord, figures: Figures): Metrics {
  const work = figures.work.get(queue.name) ?? NO_WORK;
  return {
    id: { organization: state.org, name: queue.name },
    runsInFlight: work.runs,
    actionsInFlight: work.actions,
    currentDepth: work.depth,
    observedAt: timestampFromMs(figures.at),
    ...(state.generation === "2026-07"
      ? {}
      : { ...capsToWire(queue.spec), scheduling: enumValue(SchedulingAlgorithm, queue.spec.scheduling) ?? 0 }),
  };
}

const HEALTH = {
  unknown: HealthStatus.WAITING,
  healthy: HealthStatus.HEALTHY,
  unhealthy: HealthStatus.UNHEALTHY,
} as const;

/** A summary of every live cluster that passes the filters. */
export function readClusterSummaries(state: State, request: WatchClustersRequest, now: number): WatchClustersResponse {
  const { rows } = listPage(state, "cluster", {
    limit: Number.MAX_SAFE_INTEGER,
    token: "",
    filters: request.filters,
    rawFilters: [],
  });
  const clusters = rows.map((record) => {
    const cluster = clusterToWire(state, record, now);
    const { health, reasons } = assessHealth(state, record);
    return {
      id: { organization: state.org, name: record.name },
      clusterPool: { organization: state.org, name: record.pool },
      health: { status: HEALTH[health], unhealthyReasons: [...reasons] },
      snapshotAt: timestampFromMs(now),
      queues: cluster.queues,
      ...(cluster.drainStatus === undefined ? {} : { drainStatus: cluster.drainStatus }),
      ...(cluster.authorship === undefined ? {} : { authorship: cluster.authorship }),
    };
  });
  return create(WatchClustersResponseSchema, { clusters });
}
