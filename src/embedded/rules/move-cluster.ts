import { checkNotDeleted, findLivePool } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { Change, ClusterRecord, State } from "../state/state.ts";
import { checkUnpinned } from "./cluster-states.ts";

/**
 * Moves a cluster and its co-named queue to another pool (2026-11). The queue must be drained (or deleted on its own), and no
 * other live queue may name the cluster.
 */
export function moveCluster(state: State, cluster: ClusterRecord, poolName: string, now: number): readonly Change[] {
  checkNotDeleted("cluster", cluster, "moved");
  const pool = findLivePool(state, poolName).name;
  if (cluster.pool === pool) {
    throw refuse("already_exists", `cluster "${cluster.name}" is in cluster pool "${pool}" already`);
  }
  checkUnpinned(state, cluster.name, "moved");
  const moved = { ...cluster, pool, pool_since: now, updated_at: now };
  return [{ table: "cluster", key: cluster.name, record: moved }, ...moveCoNamedQueue(state, cluster.name, pool, now)];
}

function moveCoNamedQueue(state: State, name: string, pool: string, now: number): readonly Change[] {
  const queue = state.queue.rows.get(name);
  if (queue === undefined) {
    return [];
  }
  if (queue.state !== "drained" && queue.state !== "deleted") {
    throw refuse(
      "failed_precondition",
      `cluster "${name}" cannot be moved while its queue "${name}" is ${queue.state}; drain it and wait until it is drained`,
    );
  }
  const record = { ...queue, spec: { ...queue.spec, cluster_pool: pool }, updated_at: now };
  return [{ table: "queue", key: name, record }];
}
