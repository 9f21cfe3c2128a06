import type { Change, ClusterRecord, State } from "./state.ts";

/**
 * Deletes a cluster as 2026-07 does: immediately, permanently, and from every selector that names it. Its co-named queue stays,
 * bound to its pool, with an empty selector.
 */
export function deregisterCluster(state: State, cluster: ClusterRecord, now: number): readonly Change[] {
  const pinning = [...(state.by.pins.get(cluster.name) ?? [])].sort();
  return [
    { table: "cluster", key: cluster.name, record: null },
    ...pinning.flatMap((name) => unpin(state, name, cluster.name, now)),
  ];
}

function unpin(state: State, queueName: string, cluster: string, now: number): readonly Change[] {
  const queue = state.queue.rows.get(queueName);
  if (queue === undefined) {
    return [];
  }
  const spec = { ...queue.spec, clusters: queue.spec.clusters.filter((member) => member !== cluster) };
  return [{ table: "queue", key: queueName, record: { ...queue, spec, updated_at: now } }];
}
