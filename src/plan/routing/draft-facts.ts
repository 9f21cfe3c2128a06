import { type DraftGraph, type DraftNode, FLYTE_GROUP, poolId, titlePool } from "./draft-graph.ts";
import { draftScopes } from "./draft-scopes.ts";
import type { GraphEdge, GraphGroup } from "./graph.ts";
import type { ClusterFact, LabelFact, QueueFact, RoutingFacts } from "./routing-facts.ts";
import { shareLabel } from "./share-label.ts";

/**
 * One state as a graph, everything unchanged. Left out is the queue that each cluster has of its own, except those in `shown`
 * (ids). What is referred to and not there stands in it too, and says so.
 */
export function draftFacts(facts: RoutingFacts, shown: ReadonlySet<string>): DraftGraph {
  const scopes = draftScopes(facts);
  const referred = new Set(scopes.edges.map(({ to }) => to));
  const poolOf = new Map(facts.clusters.map(({ name, pool }) => [name, pool]));
  const queues = facts.queues.filter((queue) => !isOwnQueue(queue, poolOf) || shown.has(`queue:${queue.name}`));
  const nodes = [
    ...scopes.nodes,
    ...queues.map(draftQueue),
    ...draftMissing(referred, facts),
    ...(facts.label_map?.labels ?? []).map((label) => draftLabel(label, facts)),
    ...facts.clusters.map(draftCluster),
    ...draftMapped(facts),
    ...draftFlyteClusters(facts),
  ];
  const edges = [
    ...scopes.edges,
    ...queues.flatMap((queue) => referToClusters(queue, poolOf)),
    ...referByWeight(facts),
  ];
  const pools = [...nodes.map(({ group }) => group), ...referred].filter((id) => id?.startsWith("pool:"));
  const boxes = [...new Set(pools)].filter((id) => id !== null).map((id) => box(id, titlePool(id)));
  const hasFlyte = nodes.some(({ group }) => group === FLYTE_GROUP);
  return { groups: [...boxes, ...(hasFlyte ? [box(FLYTE_GROUP, "Flyte clusters")] : [])], nodes, edges };
}

function box(id: string, title: string): GraphGroup {
  return { id, title, change: null };
}

/** Whether a queue is the one of a cluster's name that takes it alone. */
function isOwnQueue({ name, pool, clusters }: QueueFact, poolOf: ReadonlyMap<string, string>): boolean {
  return clusters.length === 1 && clusters[0] === name && poolOf.get(name) === pool;
}

function draftQueue({ name, pool, clusters, active }: QueueFact): DraftNode {
  const note = !active ? "takes no work" : clusters.length === 0 ? "reaches no cluster" : "";
  return { id: `queue:${name}`, kind: "queue", group: poolId(pool), note, names: [name], change: null };
}

function draftCluster({ name, pool, in_service, healthy }: ClusterFact): DraftNode {
  const note = !in_service ? "out of service" : healthy === false ? "unhealthy" : "";
  return { id: `cluster:${name}`, kind: "cluster", group: poolId(pool), note, names: [name], change: null };
}

/** Clusters of a pool map that are not registered in that pool. */
function draftMapped({ pool_map, clusters }: RoutingFacts): readonly DraftNode[] {
  const registered = new Set(clusters.map(({ name, pool }) => JSON.stringify([pool, name])));
  const mapped = pool_map.flatMap(({ pool, clusters: names }) => names.map((name) => JSON.stringify([pool, name])));
  return [...new Set(mapped)]
    .filter((key) => !registered.has(key))
    .map((key): DraftNode => {
      const [pool, name]: [string, string] = JSON.parse(key);
      return { id: `mapped:${key}`, kind: "cluster", group: poolId(pool), note: "", names: [name], change: null };
    });
}

/** Queues and labels that a scope refers to and that are not there. */
function draftMissing(referred: ReadonlySet<string>, facts: RoutingFacts): readonly DraftNode[] {
  const queues = new Set(facts.queues.map(({ name }) => `queue:${name}`));
  const labels = new Set(facts.label_map?.labels.map(({ label }) => `label:${label}`));
  const missing = [...referred].filter((id) => !id.startsWith("pool:") && !queues.has(id) && !labels.has(id));
  return missing.map((id): DraftNode => {
    const isQueue = id.startsWith("queue:");
    const names = [id.slice("queue:".length)];
    if (isQueue) return { id, kind: "queue", group: null, note: "does not exist", names, change: null };
    const note = facts.label_map === null ? "" : "is not in the label map";
    return { id, kind: "label", group: null, note, names, change: null };
  });
}

function draftLabel({ label, entries }: LabelFact, { label_map }: RoutingFacts): DraftNode {
  const isEmpty = !entries.some(({ enabled }) => enabled);
  const note = isEmpty ? "has no enabled cluster" : label === label_map?.default_label ? "default label" : "";
  return { id: `label:${label}`, kind: "label", group: FLYTE_GROUP, note, names: [label], change: null };
}

function draftFlyteClusters({ label_map }: RoutingFacts): readonly DraftNode[] {
  const enabled = new Set(label_map?.enabled);
  const named = label_map?.labels.flatMap(({ entries }) => entries.map(({ id }) => id)) ?? [];
  return [...new Set([...enabled, ...named])].map((id) => {
    const note = enabled.has(id) ? "" : "unknown or disabled";
    return { id: `flyte:${id}`, kind: "cluster", group: FLYTE_GROUP, note, names: [id], change: null };
  });
}

function referToClusters(
  { name, pool, clusters }: QueueFact,
  poolOf: ReadonlyMap<string, string>,
): readonly GraphEdge[] {
  const edge = (to: string): GraphEdge => ({ from: `queue:${name}`, to, label: "", change: null });
  if (clusters.includes("*")) return [edge(poolId(pool))];
  return clusters.filter((cluster) => poolOf.get(cluster) === pool).map((cluster) => edge(`cluster:${cluster}`));
}

function referByWeight({ label_map }: RoutingFacts): readonly GraphEdge[] {
  return (label_map?.labels ?? []).flatMap(({ label, entries }) => {
    const shares = new Map(shareLabel(entries).map(({ name, share }) => [name, share]));
    return [...new Set(entries.map(({ id }) => id))].map((id) => {
      const share = shares.get(id);
      const text = share == null ? "no runs" : `${Math.round(share * 100)} %`;
      return { from: `label:${label}`, to: `flyte:${id}`, label: text, change: null };
    });
  });
}
