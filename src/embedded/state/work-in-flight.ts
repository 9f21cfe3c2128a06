import type { State, Work, WorkRecord } from "./state.ts";

/** All work in flight of a queue, on any cluster. */
export function workOfQueue(state: State, queue: string): Work {
  return [...(state.by.workOfQueue.get(queue) ?? [])]
    .flatMap((key) => state.work.rows.get(key) ?? [])
    .reduce<Work>(addWork, { runs: 0, actions: 0, depth: 0 });
}

/** Work in flight by queue as it was collected at some time; a queue without any is left out. */
export interface Figures {
  readonly at: number;
  readonly work: ReadonlyMap<string, Work>;
}

/** Collects the work in flight of all queues. */
export function collectFigures(state: State, at: number): Figures {
  return { at, work: new Map([...state.by.workOfQueue.keys()].map((queue) => [queue, workOfQueue(state, queue)])) };
}

/** Whether a queue has no running and no waiting work. */
export function isQueueIdle(state: State, queue: string): boolean {
  return !state.by.workOfQueue.has(queue);
}

/** Whether no work is left that is on the cluster, or that can go only there. */
export function isClusterIdle(state: State, cluster: string): boolean {
  return workKeysOfCluster(state, cluster).length === 0;
}

/**
 * Keys of the work of a cluster: the work known to be on it, and the work that waits in queues without another member.
 */
export function workKeysOfCluster(state: State, cluster: string): readonly string[] {
  const waiting = [...(state.by.pins.get(cluster) ?? [])]
    .filter((queue) => state.queue.rows.get(queue)?.spec.clusters.length === 1)
    .flatMap((queue) => [...(state.by.workOfQueue.get(queue) ?? [])])
    .filter((key) => state.work.rows.get(key)?.cluster === null);
  return [...(state.by.workOnCluster.get(cluster) ?? []), ...waiting];
}

/** The key of a queue's work on one cluster, or on no known one. */
export function workKey(record: Pick<WorkRecord, "queue" | "cluster">): string {
  return `${record.queue}/${record.cluster ?? ""}`;
}

function addWork(sum: Work, one: Work): Work {
  return { runs: sum.runs + one.runs, actions: sum.actions + one.actions, depth: sum.depth + one.depth };
}
