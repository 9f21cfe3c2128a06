import { showInLine } from "../../model/text/show-text.ts";
import type { Graph, GraphEdge, GraphGroup, GraphKind, GraphNode } from "../../plan/routing/graph.ts";
import { coloursOf, nodesInside, nodesOutside, signTitle } from "./describe-graph.ts";

/** A graph in the language of Graphviz. Names are quoted: none can end its string or be taken for an escape. */
export function renderGraphDot(graph: Graph): string {
  const doors = new Map(graph.groups.map(({ id }) => [id, nodesInside(graph, id)[0]?.id ?? id]));
  return [
    "digraph routing {",
    "  rankdir=LR; compound=true; bgcolor=transparent;",
    '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9, fontcolor="#818b98"];',
    ...nodesOutside(graph).map((node) => `  ${renderNode(node)}`),
    ...graph.groups.flatMap((group) => renderGroup(group, nodesInside(graph, group.id))),
    ...graph.edges.map((edge) => `  ${renderEdge(edge, doors)}`),
    "}",
    "",
  ].join("\n");
}

const SHAPES: Readonly<Record<GraphKind, string>> = { scope: "note", queue: "box", label: "cds", cluster: "box3d" };

function renderNode(node: GraphNode): string {
  const { fill, line, text } = coloursOf(node.change);
  const label = [signTitle(node), node.note].filter((part) => part !== "").map(quote);
  const style = node.kind === "queue" ? "" : ", style=filled";
  const look = `shape=${SHAPES[node.kind]}${style}, fillcolor="${fill}", color="${line}", fontcolor="${text}"`;
  return `${node.id} [label="${label.join("\\n")}", ${look}];`;
}

function renderGroup(group: GraphGroup, inside: readonly GraphNode[]): readonly string[] {
  const { line } = coloursOf(group.change);
  return [
    `  subgraph cluster_${group.id} {`,
    `    label="${quote(signTitle(group))}"; style=rounded; color="${line}"; fontcolor="#818b98"; fontname="sans-serif";`,
    ...inside.map((node) => `    ${renderNode(node)}`),
    "  }",
  ];
}

/** An edge to a box leads to one of its nodes and is cut at the box. */
function renderEdge({ from, to, label, change }: GraphEdge, doors: ReadonlyMap<string, string>): string {
  const door = doors.get(to);
  const attributes = [
    `color="${coloursOf(change).line}"`,
    ...(change === "delete" ? ["style=dashed"] : []),
    ...(label === "" ? [] : [`label="${quote(label)}"`]),
    ...(door === undefined ? [] : [`lhead=cluster_${to}`]),
  ];
  return `${from} -> ${door ?? to} [${attributes.join(", ")}];`;
}

function quote(text: string): string {
  return showInLine(text).replace(/[\\"]/g, "\\$&");
}
