import type { DraftGraph, DraftNode } from "./draft-graph.ts";
import type { GraphEdge, GraphKind } from "./graph.ts";

/**
 * How much is drawn as one. `exact`: nodes of one group that refer to the same and are referred to by the same; `rough`: queues of
 * a pool as far as they take all clusters or some, then the rest exactly.
 */
export type MergeLevel = "exact" | "rough";

/** The graph with nodes that are alike drawn as one. What changes stays apart from what does not. */
export function mergeAlike(graph: DraftGraph, level: MergeLevel): DraftGraph {
  const isRough = level === "rough";
  const queues = mergeKind(
    graph,
    ["queue"],
    (edges) => (isRough ? describeKinds(edges) : describeTargets(edges)),
    "out",
  );
  const labels = mergeKind(queues, ["label"], describeTargets, "out");
  const clusters = mergeKind(labels, ["cluster"], describeSources, "in");
  return mergeKind(clusters, ["scope"], describeTargets, "out");
}

function mergeKind(
  graph: DraftGraph,
  kinds: readonly GraphKind[],
  describe: (edges: readonly GraphEdge[]) => readonly string[],
  direction: "in" | "out",
): DraftGraph {
  const edgesOf = Map.groupBy(graph.edges, ({ from, to }) => (direction === "out" ? from : to));
  const alike = Map.groupBy(graph.nodes, (node) => {
    if (!kinds.includes(node.kind)) return node.id;
    const { kind, group, note, change } = node;
    return JSON.stringify([kind, group, note, change, [...new Set(describe(edgesOf.get(node.id) ?? []))].sort()]);
  });
  const merged = [...alike.values()].map(mergeNodes);
  const idOf = new Map(merged.flatMap(({ node, ids }) => ids.map((id) => [id, node.id] as const)));
  const edges = graph.edges.map((edge) => ({
    ...edge,
    from: idOf.get(edge.from) ?? edge.from,
    to: idOf.get(edge.to) ?? edge.to,
  }));
  return { groups: graph.groups, nodes: merged.map(({ node }) => node), edges: dropDoubles(edges) };
}

function mergeNodes(nodes: readonly DraftNode[]): { node: DraftNode; ids: readonly string[] } {
  const ids = nodes.map(({ id }) => id).sort();
  const names = nodes.flatMap((node) => node.names).sort();
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node to merge");
  return { node: { ...first, id: ids[0] ?? first.id, names }, ids };
}

/** Edges that became the same are one; one that stays outweighs one that comes or goes. */
function dropDoubles(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  const alike = Map.groupBy(edges, ({ from, to, label }) => JSON.stringify([from, to, label]));
  return [...alike.values()].flatMap((same) => same.find(({ change }) => change === null) ?? same.slice(0, 1));
}

function describeTargets(edges: readonly GraphEdge[]): readonly string[] {
  return edges.map(({ to, label, change }) => JSON.stringify([to, label, change]));
}

function describeSources(edges: readonly GraphEdge[]): readonly string[] {
  return edges.map(({ from, label, change }) => JSON.stringify([from, label, change]));
}

/** Only whether clusters are named or not. */
function describeKinds(edges: readonly GraphEdge[]): readonly string[] {
  return edges.map(({ to }) => (to.startsWith("pool:") ? "all" : "some"));
}
