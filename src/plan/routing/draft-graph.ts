import type { GraphChange, GraphEdge, GraphGroup, GraphKind } from "./graph.ts";

/** A node before ids are given: its id says what it is, for example `queue:batch`. */
export interface DraftNode {
  readonly id: string;
  readonly kind: GraphKind;
  readonly group: string | null;
  readonly note: string;
  /** Sorted; one name until nodes are merged. */
  readonly names: readonly string[];
  readonly change: GraphChange | null;
}

/** A graph before nodes are merged and numbered. */
export interface DraftGraph {
  readonly groups: readonly GraphGroup[];
  readonly nodes: readonly DraftNode[];
  readonly edges: readonly GraphEdge[];
}

/** The id of a pool's group. */
export function poolId(pool: string): string {
  return `pool:${pool}`;
}

/** The title of a pool's group, by its id. */
export function titlePool(id: string): string {
  return `pool ${id.slice(poolId("").length)}`;
}

/** The group of the clusters of Flyte. */
export const FLYTE_GROUP = "flyte";
