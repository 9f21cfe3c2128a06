import type { Kind } from "../model/address.ts";

/** What `kind:` says for each kind. */
export const KIND_NAMES = {
  cluster_pool: "ClusterPool",
  cluster: "Cluster",
  queue: "Queue",
} as const satisfies Readonly<Record<Kind, string>>;

const SUPPORTED: ReadonlyMap<string, Kind> = new Map([
  ["ClusterPool", "cluster_pool"],
  ["Cluster", "cluster"],
  ["Queue", "queue"],
]);
const PLANNED: ReadonlySet<string> = new Set([
  "Settings",
  "ClusterPoolMap",
  "ClusterPoolAttributes",
  "ExecutionClusterLabel",
  "FlyteClusters",
]);
const FOLDERS: ReadonlyMap<string, string> = new Map([
  ["pools", "ClusterPool"],
  ["clusters", "Cluster"],
  ["queues", "Queue"],
  ["settings", "Settings"],
  ["cluster-pool-maps", "ClusterPoolMap"],
  ["cluster-pool-attributes", "ClusterPoolAttributes"],
  ["execution-cluster-labels", "ExecutionClusterLabel"],
  ["flyte-clusters", "FlyteClusters"],
]);

/** The kind of a document, or why it has none. */
export type DetectedKind =
  | { readonly found: "kind"; readonly kind: Kind }
  | { readonly found: "unsupported"; readonly name: string }
  | { readonly found: "unknown"; readonly name: string }
  | { readonly found: "not-text" }
  | { readonly found: "nothing" };

/** All names that `kind:` may have, those of later versions included. */
export const ALL_KIND_NAMES: readonly string[] = [...SUPPORTED.keys(), ...PLANNED];

/**
 * The kind of a document: its `kind:` (`declared`, undefined when it has none), else the nearest folder above the file that names
 * one, for example `queues/` in `teams/a/queues/batch.yaml`.
 */
export function detectKind(declared: unknown, path: string): DetectedKind {
  if (declared !== undefined && typeof declared !== "string") return { found: "not-text" };
  const name = declared ?? findFolderKind(path);
  if (name === undefined) return { found: "nothing" };
  const kind = SUPPORTED.get(name);
  if (kind !== undefined) return { found: "kind", kind };
  return { found: PLANNED.has(name) ? "unsupported" : "unknown", name };
}

function findFolderKind(path: string): string | undefined {
  const folders = path.split("/").slice(0, -1);
  const nearest = folders.findLast((folder) => FOLDERS.has(folder));
  return nearest === undefined ? undefined : FOLDERS.get(nearest);
}
