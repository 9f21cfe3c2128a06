import type { Desired } from "../../src/model/objects/desired.ts";
import type { Draw } from "./walk-plan.ts";

/** Takes a cluster out of service or back into it, or has a queue name other clusters of its pool, drained ones among them. */
export function editRouting(desired: Desired, draw: Draw): Desired {
  if (draw(1) === 0) {
    const turned = draw(Math.max(0, desired.clusters.length - 1));
    const turn = (cluster: Desired["clusters"][number], index: number): Desired["clusters"][number] =>
      index === turned ? { ...cluster, state: cluster.state === "active" ? "drained" : "active" } : cluster;
    return { ...desired, clusters: desired.clusters.map(turn) };
  }
  const redirected = draw(Math.max(0, desired.queues.length - 1));
  const redirect = (queue: Desired["queues"][number], index: number): Desired["queues"][number] => {
    if (index !== redirected) return queue;
    const members = desired.clusters.filter(({ pool }) => pool === queue.spec.cluster_pool).map(({ name }) => name);
    return withClusters(
      queue,
      members.filter(() => draw(1) === 0),
    );
  };
  return { ...desired, queues: desired.queues.map(redirect) };
}

/** The same folder as it passes validation: no manifest refers to a pool or cluster that is not there or is elsewhere. */
export function keepReferences(desired: Desired): Desired {
  const poolOf = (name: string) =>
    name === "default" || desired.pools.some((pool) => pool.name === name)
      ? name
      : (desired.pools.find(({ previously }) => previously === name)?.name ?? "default");
  const clusters = desired.clusters.map((cluster) => ({ ...cluster, pool: poolOf(cluster.pool) }));
  const queues = desired.queues.map((queue) => {
    const cluster_pool = poolOf(queue.spec.cluster_pool);
    const members = new Set(clusters.filter(({ pool }) => pool === cluster_pool).map(({ name }) => name));
    const moved = { ...queue, spec: { ...queue.spec, cluster_pool } };
    return withClusters(
      moved,
      queue.spec.clusters.filter((name) => members.has(name)),
    );
  });
  return { ...desired, clusters, queues };
}

function withClusters(queue: Desired["queues"][number], named: readonly string[]): Desired["queues"][number] {
  return { ...queue, spec: { ...queue.spec, clusters: named.length === 0 ? ["*"] : named } };
}
