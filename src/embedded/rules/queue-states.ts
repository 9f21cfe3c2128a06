import { enterState } from "../state/enter-state.ts";
import { checkGeneration, checkNotDeleted } from "../state/find-record.ts";
import { refuse } from "../state/refuse.ts";
import type { QueueRecord, State } from "../state/state.ts";
import { checkNotDefaultQueue } from "./check-default-queue.ts";
import { checkMembers } from "./check-queue-spec.ts";
import { requireLivePool } from "./cluster-states.ts";

/** Starts to drain a queue; `advance` completes it once no work is left. Unavailable on 2026-07. */
export function drainQueue(state: State, queue: QueueRecord, generation: bigint, now: number): QueueRecord {
  checkStateChange(state, queue, generation, "drained");
  if (queue.state !== "active") {
    throw refuse("failed_precondition", `queue "${queue.name}" is ${queue.state} already`);
  }
  return enterState(queue, "draining", now);
}

/** Activates a draining or drained queue; a cluster's own queue only while that cluster is active. */
export function activateQueue(state: State, queue: QueueRecord, generation: bigint, now: number): QueueRecord {
  checkStateChange(state, queue, generation, "activated");
  if (queue.state === "active") {
    throw refuse("failed_precondition", `queue "${queue.name}" is active already`);
  }
  const cluster = state.cluster.rows.get(queue.name);
  if (cluster !== undefined && cluster.state !== "active") {
    throw refuse(
      "failed_precondition",
      `queue "${queue.name}" belongs to cluster "${cluster.name}", which is ${cluster.state}; activate the cluster, and the queue with it`,
    );
  }
  return enterState(queue, "active", now);
}

/** Soft-deletes a drained queue immediately, a draining one through `deleting`, which ends when its work has ended. */
export function deleteQueue(state: State, queue: QueueRecord, generation: bigint, now: number): QueueRecord {
  checkNotDeleted("queue", queue, "deleted again");
  checkExpected(queue, generation);
  if (queue.state === "active") {
    throw refuse("failed_precondition", `queue "${queue.name}" is active; drain it before it is deleted`);
  }
  checkNotDefaultQueue(state, queue.name);
  return enterState(queue, queue.state === "drained" ? "deleted" : "deleting", now);
}

/** Undeletes a queue, drained, with its former spec; its pool and every cluster that it names must be live. */
export function undeleteQueue(state: State, queue: QueueRecord, now: number): QueueRecord {
  if (queue.state !== "deleted") {
    const remedy = queue.state === "deleting" ? "still deleting; wait until it is deleted" : "not deleted";
    throw refuse("failed_precondition", `queue "${queue.name}" is ${remedy}`);
  }
  const owner = state.cluster.rows.get(queue.name);
  if (owner !== undefined && (owner.state === "deleted" || owner.state === "deleting")) {
    throw refuse(
      "failed_precondition",
      `queue "${queue.name}" belongs to cluster "${owner.name}", which is ${owner.state}; undelete the cluster`,
    );
  }
  requireLivePool(state, "queue", queue.name, queue.spec.cluster_pool);
  checkMembers(state, queue.spec.cluster_pool, queue.spec.clusters);
  return enterState(queue, "drained", now);
}

function checkStateChange(state: State, queue: QueueRecord, generation: bigint, what: string): void {
  if (state.generation === "2026-07") {
    throw refuse("failed_precondition", `queue "${queue.name}" cannot be ${what}: draining is not yet available`);
  }
  checkNotDeleted("queue", queue, what);
  checkExpected(queue, generation);
}

/** Checks a queue's generation, which the wire does not require: zero means that the client sent none. */
function checkExpected(queue: QueueRecord, generation: bigint): void {
  if (generation !== 0n) {
    checkGeneration("queue", queue, generation);
  }
}
