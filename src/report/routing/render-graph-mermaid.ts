import { showInLine } from "../../model/text/show-text.ts";
import type { Graph, GraphEdge, GraphGroup, GraphNode } from "../../plan/routing/graph.ts";
import { coloursOf, GRAPH_CHANGES, nodesInside, nodesOutside, signTitle } from "./describe-graph.ts";

/**
 * A graph as a Mermaid flowchart, for Markdown. In names, every sign that Mermaid, Markdown or HTML could take for its own is
 * written as its number.
 */
export function renderGraphMermaid(graph: Graph): string {
  return [
    "flowchart LR",
    ...nodesOutside(graph).map((node) => `  ${renderNode(node)}`),
    ...graph.groups.flatMap((group) => renderGroup(group, nodesInside(graph, group.id))),
    ...graph.edges.map((edge) => `  ${renderEdge(edge)}`),
    ...GRAPH_CHANGES.flatMap((change) => {
      const { fill, line, text } = coloursOf(change);
      return [`  classDef ${change} fill:${fill},stroke:${line},color:${text}`];
    }),
    ...graph.groups.flatMap(({ id, change }) =>
      change === null ? [] : [`  style ${id} stroke:${coloursOf(change).line}`],
    ),
    ...graph.edges.flatMap(({ change }, index) => {
      const dash = change === "delete" ? ",stroke-dasharray:4" : "";
      return change === null ? [] : [`  linkStyle ${index} stroke:${coloursOf(change).line}${dash}`];
    }),
    "",
  ].join("\n");
}

function renderNode(node: GraphNode): string {
  const label = [signTitle(node), node.note].filter((part) => part !== "").map(encode);
  const [open, close] = node.kind === "queue" ? ["([", "])"] : node.kind === "label" ? [">", "]"] : ["[", "]"];
  return `${node.id}${open}"${label.join("<br/>")}"${close}${node.change === null ? "" : `:::${node.change}`}`;
}

function renderGroup(group: GraphGroup, inside: readonly GraphNode[]): readonly string[] {
  return [
    `  subgraph ${group.id}["${encode(signTitle(group))}"]`,
    ...inside.map((node) => `    ${renderNode(node)}`),
    "  end",
  ];
}

function renderEdge({ from, to, label }: GraphEdge): string {
  return label === "" ? `${from} --> ${to}` : `${from} -->|"${encode(label)}"| ${to}`;
}

/** Not encoded: letters, digits, spaces, and signs within a word; at a word's edge they may be Markdown's. */
const ENCODED = /(?<=[\p{L}\p{N}])[-._](?=[\p{L}\p{N}])|[\p{L}\p{N} ]|(?<sign>.)/gsu;

function encode(text: string): string {
  return showInLine(text).replace(ENCODED, (match, sign: string | undefined) =>
    sign === undefined ? match : `#${sign.codePointAt(0)};`,
  );
}
