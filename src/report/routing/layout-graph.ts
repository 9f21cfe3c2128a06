import type { Graph, GraphEdge, GraphGroup, GraphKind, GraphNode } from "../../plan/routing/graph.ts";
import { nodesInside, nodesOutside } from "./describe-graph.ts";

/** A rectangle, in pixels from the upper left. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface PlacedNode extends Area {
  readonly node: GraphNode;
}
export interface PlacedGroup extends Area {
  readonly group: GraphGroup;
}
export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly from: Area;
  readonly to: Area;
}

/** A graph with a place for everything: scopes on the left, queues and labels, then boxes of clusters. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** The heads of the columns that there are, with their left edges. */
  readonly columns: readonly { readonly title: string; readonly x: number }[];
  readonly nodes: readonly PlacedNode[];
  readonly groups: readonly PlacedGroup[];
  readonly edges: readonly PlacedEdge[];
}

/** Height of a box's title. */
export const TITLE_HEIGHT = 26;
const WIDTH = 230;
const COLUMN_GAP = 110;
const GAP = 8;
const BAND_GAP = 18;
const PADDING = 10;
const MARGIN = 20;
const TOP = 52;
const LINE_HEIGHT = 28;
const NOTE_HEIGHT = 15;

/**
 * Places a graph. Each box has its own band, with the queues that lead to it beside it, so that edges between the two columns stay in their
 * band; scopes are as near as there is room to what they refer to.
 */
export function layOutGraph(graph: Graph): GraphLayout {
  const outside = nodesOutside(graph);
  const titles = [
    ...(outside.some(({ kind }) => kind === "scope") ? ["settings, projects and workflows"] : []),
    ...(outside.some(({ kind }) => kind !== "scope") ? ["queues and labels"] : []),
    "pools and clusters",
  ];
  const columns = titles.map((title, index) => ({ title, x: MARGIN + index * (WIDTH + COLUMN_GAP) }));
  const xOf = (kind: GraphKind) => columns.at(kind === "cluster" ? -1 : kind === "scope" ? 0 : -2)?.x ?? MARGIN;
  const { nodes: banded, groups, bottom } = placeBands(graph, xOf);
  const scopes = placeScopes(graph, [...banded, ...groups.map(toTarget)], xOf("scope"));
  const nodes = [...scopes, ...banded];
  const height = Math.max(bottom, ...nodes.map((node) => node.y + node.height)) + MARGIN;
  const width = (columns.at(-1)?.x ?? MARGIN) + WIDTH + 2 * PADDING + MARGIN;
  return { width, height, columns, nodes, groups, edges: placeEdges(graph, nodes, groups) };
}

interface Target extends Area {
  readonly id: string;
}

function toTarget({ group, ...area }: PlacedGroup): Target {
  return { id: group.id, ...area };
}

interface Bands {
  readonly nodes: readonly PlacedNode[];
  readonly groups: readonly PlacedGroup[];
  readonly bottom: number;
}

/** One band below the other; what leads to no box comes last. */
function placeBands(graph: Graph, xOf: (kind: GraphKind) => number): Bands {
  const nodes: PlacedNode[] = [];
  const groups: PlacedGroup[] = [];
  const leading = Map.groupBy(
    nodesOutside(graph).filter(({ kind }) => kind !== "scope"),
    ({ group }) => group,
  );
  let y = TOP;
  for (const group of [...graph.groups, null]) {
    const inside = group === null ? [] : nodesInside(graph, group.id);
    const beside = sortByTarget(leading.get(group?.id ?? null) ?? [], inside, graph.edges);
    if (group === null && beside.length === 0) continue;
    const boxHeight = group === null ? 0 : TITLE_HEIGHT + heightOf(inside) + 2 * PADDING;
    const height = Math.max(boxHeight, heightOf(beside));
    const boxTop = y + (height - boxHeight) / 2;
    if (group !== null) {
      groups.push({ group, x: xOf("cluster"), y: boxTop, width: WIDTH + 2 * PADDING, height: boxHeight });
    }
    nodes.push(...stack(inside, xOf("cluster") + PADDING, boxTop + TITLE_HEIGHT + PADDING));
    nodes.push(...stack(beside, xOf("queue"), y + (height - heightOf(beside)) / 2));
    y += height + BAND_GAP;
  }
  return { nodes, groups, bottom: y - BAND_GAP };
}

/** Those that lead to the whole box first, beside its title; then by the mean place of the clusters that they lead to. */
function sortByTarget(
  beside: readonly GraphNode[],
  inside: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly GraphNode[] {
  const placeOf = new Map(inside.map(({ id }, index) => [id, index]));
  const targets = Map.groupBy(edges, ({ from }) => from);
  const rankOf = ({ id }: GraphNode) => mean((targets.get(id) ?? []).map(({ to }) => placeOf.get(to) ?? -1));
  return beside
    .map((node) => ({ node, rank: rankOf(node) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ node }) => node);
}

/** Each as near as possible to the middle of what it refers to, in that order. */
function placeScopes(graph: Graph, targets: readonly (PlacedNode | Target)[], x: number): readonly PlacedNode[] {
  const centres = new Map(targets.map((area) => ["id" in area ? area.id : area.node.id, area.y + area.height / 2]));
  const references = Map.groupBy(graph.edges, ({ from }) => from);
  const wanted = graph.nodes
    .filter(({ kind }) => kind === "scope")
    .map((node) => ({ node, y: mean((references.get(node.id) ?? []).flatMap(({ to }) => centres.get(to) ?? [])) }))
    .sort((left, right) => left.y - right.y);
  let top = TOP;
  return wanted.map(({ node, y }) => {
    const height = nodeHeight(node);
    const placed = { node, x, y: Math.max(top, y - height / 2), width: WIDTH, height };
    top = placed.y + height + GAP;
    return placed;
  });
}

function placeEdges(graph: Graph, nodes: readonly PlacedNode[], groups: readonly PlacedGroup[]): readonly PlacedEdge[] {
  const areas = new Map<string, Area>([
    ...nodes.map((placed) => [placed.node.id, placed] as const),
    // An edge to a box ends at its title.
    ...groups.map((placed) => [placed.group.id, { ...placed, height: TITLE_HEIGHT }] as const),
  ]);
  return graph.edges.flatMap((edge) => {
    const [from, to] = [areas.get(edge.from), areas.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
}

function stack(nodes: readonly GraphNode[], x: number, top: number): readonly PlacedNode[] {
  let y = top;
  return nodes.map((node) => {
    const placed = { node, x, y, width: WIDTH, height: nodeHeight(node) };
    y += placed.height + GAP;
    return placed;
  });
}

function nodeHeight({ note }: GraphNode): number {
  return note === "" ? LINE_HEIGHT : LINE_HEIGHT + NOTE_HEIGHT;
}

function heightOf(nodes: readonly GraphNode[]): number {
  return nodes.reduce((sum, node) => sum + nodeHeight(node) + GAP, 0) - (nodes.length > 0 ? GAP : 0);
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
