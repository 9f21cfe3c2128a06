import type { JsonObject } from "@bufbuild/protobuf";
import type { Change, ClusterRecord, OperatorRecord, State, Work, WorkRecord } from "../state/state.ts";
import { workKey } from "../state/work-in-flight.ts";
import { configId } from "../wire/cluster-wire.ts";
import { buildReport } from "./build-report.ts";

/** The pace of the simulated data plane, in milliseconds. */
export interface Simulation {
  /** From a cluster's registration to its operator's first report. Default 500. */
  readonly reportAfterMs: number;
  /** From a move to another pool until its operator is set up for it. Default 2000. */
  readonly handOverMs: number;
  /** The half-life of work in flight; no work is left after about seven of these. Default 500. */
  readonly halfLifeMs: number;
  /** Between two heartbeats of an operator. Default 10,000. */
  readonly heartbeatMs: number;
}

/** The default pace. */
export const DEFAULT_SIMULATION: Simulation = {
  reportAfterMs: 500,
  handOverMs: 2000,
  halfLifeMs: 500,
  heartbeatMs: 10_000,
};

/**
 * The changes that operators and running work make by themselves until `now`. An operator reports the contract of its cluster's
 * pool soon after registration; it keeps the contract it was set up with when its cluster is moved, or registered again elsewhere
 * under its name, until the hand-over is done; it never adopts a changed pool config by itself. Pure.
 */
export function simulateDataPlane(state: State, pace: Simulation, now: number): readonly Change[] {
  return [
    ...state.cluster.keys.flatMap((name) => operate(state, name, pace, now)),
    ...state.work.keys.flatMap((key) => drainWork(state.work.rows.get(key), pace, now)),
  ];
}

function operate(state: State, name: string, pace: Simulation, now: number): readonly Change[] {
  const cluster = state.cluster.rows.get(name);
  if (cluster === undefined || cluster.state === "deleted" || now < cluster.created_at + pace.reportAfterMs) {
    return [];
  }
  const operator = state.operator.rows.get(name);
  const follows =
    operator !== undefined && operator.pool !== cluster.pool && now >= cluster.pool_since + pace.handOverMs;
  if (operator === undefined || follows) {
    return setUp(state, cluster, now);
  }
  if (cluster.status === null) {
    return report(cluster, { ...operator, heartbeat_at: now }, operator.status);
  }
  return now < operator.heartbeat_at + pace.heartbeatMs
    ? []
    : [{ table: "operator", key: name, record: { ...operator, heartbeat_at: now } }];
}

function setUp(state: State, cluster: ClusterRecord, now: number): readonly Change[] {
  const config = state.pool.rows.get(cluster.pool)?.config;
  if (config === undefined) {
    return [];
  }
  const status =
    cluster.status !== null && !state.operator.rows.has(cluster.name)
      ? cluster.status
      : buildReport(config, configId(config));
  return report(cluster, { cluster: cluster.name, pool: cluster.pool, status, heartbeat_at: now }, status);
}

function report(cluster: ClusterRecord, operator: OperatorRecord, status: JsonObject): readonly Change[] {
  return [
    { table: "operator", key: cluster.name, record: operator },
    { table: "cluster", key: cluster.name, record: { ...cluster, status } },
  ];
}

/** The work left after a time: it halves with each half-life, rounded down. */
function drainWork(record: WorkRecord | undefined, pace: Simulation, now: number): readonly Change[] {
  if (record === undefined) {
    return [];
  }
  const share = 0.5 ** ((now - record.since) / pace.halfLifeMs);
  const left = (count: number) => (count * share < 0.5 ? 0 : Math.floor(count * share));
  const work: Work = {
    runs: left(record.peak.runs),
    actions: left(record.peak.actions),
    depth: left(record.peak.depth),
  };
  const key = workKey(record);
  if (work.runs + work.actions + work.depth === 0) {
    return [{ table: "work", key, record: null }];
  }
  const same = work.runs === record.runs && work.actions === record.actions && work.depth === record.depth;
  return same ? [] : [{ table: "work", key, record: { ...record, ...work } }];
}
