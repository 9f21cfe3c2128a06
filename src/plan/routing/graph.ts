/** How something changes; a replacement is a class of its own. */
export type GraphChange = "create" | "update" | "replace" | "delete";

/** What a node stands for. A scope is a project, a domain, a workflow or the organization: all that settings and rows hold for. */
export type GraphKind = "scope" | "queue" | "label" | "cluster";

/** A box around clusters: a pool, or the clusters of Flyte. */
export interface GraphGroup {
  readonly id: string;
  readonly title: string;
  readonly change: GraphChange | null;
}

/** One object, or several that are alike. */
export interface GraphNode {
  readonly id: string;
  readonly kind: GraphKind;
  /** The group whose box holds it (a cluster) or that it leads to (a queue, a label); null for scopes. */
  readonly group: string | null;
  /** The name, or how many there are. */
  readonly title: string;
  /** One more line; "" where there is nothing to say. */
  readonly note: string;
  /** All that it stands for, sorted. */
  readonly names: readonly string[];
  readonly change: GraphChange | null;
}

/** A reference, from scopes towards clusters. */
export interface GraphEdge {
  readonly from: string;
  /** A node, or a group: all of its clusters. */
  readonly to: string;
  /** "" where there is nothing to say. */
  readonly label: string;
  readonly change: GraphChange | null;
}

/**
 * A picture of routing before it is drawn. Ids are letters and digits, unique over nodes and groups. Every group has a node. The
 * order is that of names: the same facts give the same graph.
 */
export interface Graph {
  readonly groups: readonly GraphGroup[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
