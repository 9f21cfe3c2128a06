import type { Desired, DesiredCluster, DesiredQueue } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import type { NameOf } from "./name-of.ts";
import { LAST_POOL } from "./route-by-pool-attributes.ts";
import { LAST_QUEUE } from "./route-by-queue.ts";
import type { QueueFact, RoutingFacts } from "./routing-facts.ts";
import { formatSource } from "./routing-facts.ts";
import { ignores, isActive } from "./want-clusters.ts";

/**
 * The queues once manifests have their way, over those that are live and that no manifest names: the declared ones, the one of
 * each declared cluster, and `default`, which a control plane makes with the first registration.
 */
export function wantQueues(
  desired: Desired,
  kept: Pick<RoutingFacts, "queues">,
  live: LiveState | null,
  nameOf: NameOf,
): readonly QueueFact[] {
  const queues = new Map(kept.queues.map((queue) => [queue.name, queue]));
  const add = (queue: QueueFact) => queues.set(queue.name, queue);
  const poolOf = (pool: string) => nameOf("cluster_pool", pool);
  for (const cluster of desired.clusters) {
    const name = nameOf("cluster", cluster.name);
    const isLeft = queues.has(name) && (ignores(cluster, "pool") || ignores(cluster, "state"));
    if (!isLeft) add(coNamedQueue(cluster, name, poolOf, live));
  }
  for (const queue of desired.queues) {
    const name = nameOf("queue", queue.name);
    add(wantQueue(queue, name, queues.get(name), live, nameOf));
  }
  if (desired.clusters.length > 0 && !queues.has(LAST_QUEUE)) add(MADE_BY_SERVER);
  return [...queues.values()];
}

const MADE_BY_SERVER: QueueFact = {
  name: LAST_QUEUE,
  pool: LAST_POOL,
  clusters: ["*"],
  active: true,
  source: "created by the control plane with the first cluster",
};

function coNamedQueue(
  cluster: DesiredCluster,
  name: string,
  poolOf: (pool: string) => string,
  live: LiveState | null,
): QueueFact {
  const { pool, source } = cluster;
  return { name, pool: poolOf(pool), clusters: [name], active: isActive(cluster, live), source: formatSource(source) };
}

function wantQueue(
  queue: DesiredQueue,
  name: string,
  now: QueueFact | undefined,
  live: LiveState | null,
  nameOf: NameOf,
): QueueFact {
  const { spec, state, source } = queue;
  const isLeft = (field: string) => now !== undefined && ignores(queue, field);
  const clusters = spec.clusters.map((cluster) => (cluster === "*" ? cluster : nameOf("cluster", cluster)));
  return {
    name,
    pool: now !== undefined && isLeft("cluster_pool") ? now.pool : nameOf("cluster_pool", spec.cluster_pool),
    clusters: now !== undefined && isLeft("clusters") ? now.clusters : clusters,
    active:
      now !== undefined && isLeft("state")
        ? now.active
        : state === "active" || live?.capabilities.queue_state === false,
    source: formatSource(source),
  };
}
