import type { Graph, GraphChange, GraphNode } from "../../plan/routing/graph.ts";

/** The colours of a node, a box or an edge; each readable on light and dark ground. */
export interface GraphColours {
  readonly fill: string;
  readonly line: string;
  readonly text: string;
}

/** The kinds of change, in the order of a legend. */
export const GRAPH_CHANGES: readonly GraphChange[] = ["create", "update", "replace", "delete"];

/** The sign of a change, as plans have it. */
export const CHANGE_SIGNS: Readonly<Record<GraphChange, string>> = {
  create: "+",
  update: "~",
  replace: "+/-",
  delete: "-",
};

/** What the signs mean. */
export const CHANGE_WORDS: Readonly<Record<GraphChange, string>> = {
  create: "created",
  update: "changed",
  replace: "replaced",
  delete: "deleted",
};

const TEXT = "#1f2328";
const UNCHANGED: GraphColours = { fill: "#f6f8fa", line: "#818b98", text: TEXT };
const COLOURS: Readonly<Record<GraphChange, GraphColours>> = {
  create: { fill: "#dafbe1", line: "#2da44e", text: TEXT },
  update: { fill: "#fff1c2", line: "#d4a72c", text: TEXT },
  replace: { fill: "#f2e5ff", line: "#a371f7", text: TEXT },
  delete: { fill: "#ffe3e0", line: "#e5534b", text: TEXT },
};

/** What something is coloured by how it changes; null: not at all. */
export function coloursOf(change: GraphChange | null): GraphColours {
  return change === null ? UNCHANGED : COLOURS[change];
}

/** A title with the sign of its change before it. */
export function signTitle({ title, change }: Pick<GraphNode, "title" | "change">): string {
  return change === null ? title : `${CHANGE_SIGNS[change]} ${title}`;
}

/** The nodes in a group's box: clusters. Queues and labels that lead to it are outside. */
export function nodesInside({ nodes }: Graph, group: string): readonly GraphNode[] {
  return nodes.filter((node) => node.kind === "cluster" && node.group === group);
}

/** The nodes outside of all boxes. */
export function nodesOutside({ nodes }: Graph): readonly GraphNode[] {
  return nodes.filter(({ kind }) => kind !== "cluster");
}
