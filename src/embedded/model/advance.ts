import { enterState } from "../state/enter-state.ts";
import type { Change, State } from "../state/state.ts";
import { isClusterIdle, isQueueIdle, workKeysOfCluster } from "../state/work-in-flight.ts";

/**
 * The changes that time alone causes: a draining queue or cluster is drained once no work is left on it; a deleting queue is
 * deleted then; a deleting cluster is deleted without waiting, with its work and its own queue. Pure; its cost is that of the
 * objects in transition.
 */
export function advance(state: State, now: number): readonly Change[] {
  const clusters = [...state.by.unsettledClusters].sort();
  const queues = [...state.by.unsettledQueues].sort();
  return [
    ...queues.flatMap((name) => advanceQueue(state, name, now)),
    ...clusters.flatMap((name) => advanceCluster(state, name, now)),
  ];
}

function advanceQueue(state: State, name: string, now: number): readonly Change[] {
  const queue = state.queue.rows.get(name);
  const withCluster = queue?.state === "deleting" && state.cluster.rows.get(name)?.state === "deleting";
  if (queue === undefined || !(withCluster || isQueueIdle(state, name))) {
    return [];
  }
  return [
    { table: "queue", key: name, record: enterState(queue, queue.state === "deleting" ? "deleted" : "drained", now) },
  ];
}

function advanceCluster(state: State, name: string, now: number): readonly Change[] {
  const cluster = state.cluster.rows.get(name);
  if (cluster?.state === "deleting") {
    const lost = workKeysOfCluster(state, name).map((key): Change => ({ table: "work", key, record: null }));
    return [{ table: "cluster", key: name, record: enterState(cluster, "deleted", now) }, ...lost];
  }
  if (cluster?.state === "draining" && isClusterIdle(state, name) && isQueueIdle(state, name)) {
    return [{ table: "cluster", key: name, record: enterState(cluster, "drained", now) }];
  }
  return [];
}
