import { draftFacts } from "./draft-facts.ts";
import type { DraftGraph, DraftNode } from "./draft-graph.ts";
import { draftScopes } from "./draft-scopes.ts";
import type { Graph, GraphEdge, GraphGroup, GraphKind, GraphNode } from "./graph.ts";
import { markChanges, type PicturedChange } from "./mark-changes.ts";
import { mergeAlike } from "./merge-alike.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/** What is known beside the state that is drawn. */
export interface GraphOptions {
  /** The state before the changes: what goes stays in the picture, and references that come and go are marked. Default: none. */
  readonly before?: RoutingFacts | null;
  /** Nodes from which on those that are alike are drawn as one. Default 60. */
  readonly mostNodes?: number;
}

const MOST_NODES = 60;

/**
 * The picture of a state: scopes refer to queues, labels and pools, those to clusters; pools are boxes of clusters. `changes` are a
 * plan's, and are marked. Grouped as far as it takes to stay below the number of nodes: first only what is entirely alike.
 */
export function buildGraph(
  facts: RoutingFacts,
  changes: readonly PicturedChange[],
  { before = null, mostNodes = MOST_NODES }: GraphOptions = {},
): Graph {
  const states = before === null ? [facts] : [facts, before];
  const referred = new Set(states.flatMap((state) => draftScopes(state).edges.map(({ to }) => to)));
  const old = before === null ? null : draftFacts(before, referred);
  const marked = markChanges(draftFacts(facts, referred), old, changes);
  return numberGraph(fillGroups(chooseLevel(marked, mostNodes)));
}

function chooseLevel(graph: DraftGraph, mostNodes: number): DraftGraph {
  if (graph.nodes.length <= mostNodes) return graph;
  const exact = mergeAlike(graph, "exact");
  return exact.nodes.length <= mostNodes ? exact : mergeAlike(graph, "rough");
}

/** A box without a cluster says so: no language draws an empty one. */
function fillGroups(graph: DraftGraph): DraftGraph {
  const filled = new Set(graph.nodes.filter(({ kind }) => kind === "cluster").map(({ group }) => group));
  const empty = graph.groups.filter(({ id }) => !filled.has(id));
  const nodes = empty.map(({ id, change }): DraftNode => {
    return { id: `empty:${id}`, kind: "cluster", group: id, note: "", names: [NO_CLUSTER], change };
  });
  return { ...graph, nodes: [...graph.nodes, ...nodes] };
}

const NO_CLUSTER = "no cluster known";

/** Gives ids that any language takes, in the order of names. */
function numberGraph({ groups, nodes, edges }: DraftGraph): Graph {
  const sortedGroups = groups.toSorted((left, right) => compareTexts(left.id, right.id));
  const groupIds = new Map(sortedGroups.map(({ id }, index) => [id, `g${index + 1}`]));
  const sortedNodes = nodes.toSorted(compareNodes);
  const nodeIds = new Map(sortedNodes.map(({ id }, index) => [id, `n${index + 1}`]));
  const numbered = edges.flatMap((edge): readonly GraphEdge[] => {
    const [from, to] = [nodeIds.get(edge.from), nodeIds.get(edge.to) ?? groupIds.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ ...edge, from, to }];
  });
  return {
    groups: sortedGroups.map((group): GraphGroup => ({ ...group, id: groupIds.get(group.id) ?? "" })),
    nodes: sortedNodes.map((node, index) => toNode(node, `n${index + 1}`, groupIds.get(node.group ?? "") ?? null)),
    edges: numbered.sort((left, right) => compareTexts(sortKeyOf(left), sortKeyOf(right))),
  };
}

/** Names that a title says one by one, and the room that they have. */
const MOST_NAMES = 3;
const MOST_LETTERS = 26;
const PLURALS: Readonly<Record<GraphKind, string>> = {
  scope: "scopes",
  queue: "queues",
  label: "labels",
  cluster: "clusters",
};

function toNode({ kind, names, note, change }: DraftNode, id: string, group: string | null): GraphNode {
  const list = names.join(", ");
  const isMany = names.length > MOST_NAMES || (names.length > 1 && list.length > MOST_LETTERS);
  const title = isMany ? `${names.length} ${PLURALS[kind]}` : list;
  const range = isMany ? `${names[0]} … ${names.at(-1)}` : "";
  return { id, kind, group, title, note: note === "" ? range : note, names, change };
}

const KIND_ORDER: readonly GraphKind[] = ["scope", "queue", "label", "cluster"];

function compareNodes(left: DraftNode, right: DraftNode): number {
  return (
    KIND_ORDER.indexOf(left.kind) - KIND_ORDER.indexOf(right.kind) ||
    compareTexts(left.group ?? "", right.group ?? "") ||
    compareTexts(left.names[0] ?? "", right.names[0] ?? "") ||
    compareTexts(left.id, right.id)
  );
}

function sortKeyOf({ from, to, label }: GraphEdge): string {
  return [from.padStart(8), to.padStart(8), label].join(" ");
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
