import type { State, Table } from "../state/state.ts";
import { workOfQueue } from "../state/work-in-flight.ts";
import { assessHealth } from "../wire/assess-health.ts";

/** The whole state of the control plane, each kind sorted by name, with derived fields besides the stored ones. */
export function showState(state: State) {
  return {
    generation: state.generation,
    org: state.org,
    cluster_pools: rowsOf(state.pool).map((pool) => ({
      ...pool,
      member_clusters: [...(state.by.members.get(pool.name) ?? [])].sort(),
    })),
    clusters: rowsOf(state.cluster).map((cluster) => {
      const { health, reasons } = assessHealth(state, cluster);
      return { ...cluster, health, unhealthy_reasons: reasons };
    }),
    queues: rowsOf(state.queue).map((queue) => ({
      ...queue,
      cluster_managed: state.generation === "2026-11" && state.cluster.rows.has(queue.name),
      in_flight: workOfQueue(state, queue.name),
    })),
    in_flight: rowsOf(state.work),
    operators: rowsOf(state.operator),
    settings: rowsOf(state.setting),
  };
}

function rowsOf<Row>(table: Table<Row>): readonly Row[] {
  return table.keys.flatMap((key) => table.rows.get(key) ?? []);
}
