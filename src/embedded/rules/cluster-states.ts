import type { LifecycleState } from "../../model/objects/live.ts";
import { enterState } from "../state/enter-state.ts";
import { checkGeneration, checkNotDeleted, quoteNames } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { Change, ClusterRecord, State } from "../state/state.ts";
import { checkNotDefaultQueue } from "./check-default-queue.ts";

/** Starts to drain a cluster and its co-named queue. Refused while apps are assigned or another live queue names the cluster. */
export function drainCluster(state: State, cluster: ClusterRecord, generation: bigint, now: number): readonly Change[] {
  checkNotDeleted("cluster", cluster, "drained");
  checkGeneration("cluster", cluster, generation);
  if (cluster.state !== "active") {
    throw refuse("failed_precondition", `cluster "${cluster.name}" is ${cluster.state} already`);
  }
  if (cluster.apps > 0) {
    throw refuse(
      "failed_precondition",
      `cluster "${cluster.name}" has ${cluster.apps} apps assigned; stop or move them first`,
    );
  }
  checkUnpinned(state, cluster.name, "drained");
  return [
    writeCluster(cluster, "draining", now),
    ...writeCoNamedQueue(state, cluster.name, ["active"], "draining", now),
  ];
}

/** Activates a draining or drained cluster and its co-named queue; a queue that was deleted on its own stays deleted. */
export function activateCluster(
  state: State,
  cluster: ClusterRecord,
  generation: bigint,
  now: number,
): readonly Change[] {
  checkNotDeleted("cluster", cluster, "activated");
  checkGeneration("cluster", cluster, generation);
  if (cluster.state === "active") {
    throw refuse("failed_precondition", `cluster "${cluster.name}" is active already`);
  }
  const queue = writeCoNamedQueue(state, cluster.name, ["draining", "drained"], "active", now);
  return [writeCluster(cluster, "active", now), ...queue];
}

/**
 * Soft-deletes a cluster and its co-named queue: a drained one immediately, any other through `deleting`, which does not wait for
 * work. Refused while another live queue names the cluster, or settings name its queue.
 */
export function deleteCluster(
  state: State,
  cluster: ClusterRecord,
  generation: bigint,
  now: number,
): readonly Change[] {
  checkNotDeleted("cluster", cluster, "deleted again");
  checkGeneration("cluster", cluster, generation);
  checkUnpinned(state, cluster.name, "deleted");
  checkNotDefaultQueue(state, cluster.name);
  const next = cluster.state === "drained" ? "deleted" : "deleting";
  const live: readonly LifecycleState[] = ["active", "draining", "drained", "deleting"];
  return [writeCluster(cluster, next, now), ...writeCoNamedQueue(state, cluster.name, live, next, now)];
}

/** Undeletes a cluster, drained, in the pool it had, and its co-named queue if that is deleted. */
export function undeleteCluster(state: State, cluster: ClusterRecord, now: number): readonly Change[] {
  if (cluster.state !== "deleted") {
    const remedy = cluster.state === "deleting" ? "still deleting; wait until it is deleted" : "not deleted";
    throw refuse("failed_precondition", `cluster "${cluster.name}" is ${remedy}`);
  }
  requireLivePool(state, "cluster", cluster.name, cluster.pool);
  return [
    writeCluster(cluster, "drained", now),
    ...writeCoNamedQueue(state, cluster.name, ["deleted"], "drained", now),
  ];
}

/** Refuses a change of a cluster that a live queue other than the co-named one names. */
export function checkUnpinned(state: State, cluster: string, what: string): void {
  const others = [...(state.by.pins.get(cluster) ?? [])].filter((queue) => queue !== cluster);
  if (others.length > 0) {
    throw refuse(
      "failed_precondition",
      `cluster "${cluster}" cannot be ${what} while other queues name it: ${quoteNames(others)}; take it out of their selectors first`,
    );
  }
}

/** Refuses to undelete an object of a deleted pool. */
export function requireLivePool(state: State, kind: string, name: string, pool: string): void {
  if (state.pool.rows.get(pool)?.deleted_at !== null) {
    throw refuse(
      "failed_precondition",
      `${kind} "${name}" belongs to cluster pool "${pool}", which is deleted; undelete that first`,
    );
  }
}

function writeCluster(cluster: ClusterRecord, state: LifecycleState, now: number): Change {
  return { table: "cluster", key: cluster.name, record: enterState(cluster, state, now) };
}

function writeCoNamedQueue(
  state: State,
  name: string,
  from: readonly LifecycleState[],
  to: LifecycleState,
  now: number,
): readonly Change[] {
  const queue = state.queue.rows.get(name);
  return queue !== undefined && from.includes(queue.state) && queue.state !== to
    ? [{ table: "queue", key: name, record: enterState(queue, to, now) }]
    : [];
}
