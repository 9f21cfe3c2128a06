import { NAMED_KINDS, type NamedKind } from "../model/address.ts";
import type { DiagnosticCode } from "../model/diagnostic-catalogue.ts";
import type { SuggestNearest } from "../model/suggest-nearest.ts";
import { findMeant } from "./find-meant.ts";

/** What `kind:` says for each kind. */
export const KIND_NAMES = {
  cluster_pool: "ClusterPool",
  cluster: "Cluster",
  queue: "Queue",
} as const satisfies Readonly<Record<NamedKind, string>>;

const SUPPORTED: ReadonlyMap<string, NamedKind> = new Map([
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

/** All names that `kind:` may have, those of later versions included. */
const ALL_KIND_NAMES: readonly string[] = [...SUPPORTED.keys(), ...PLANNED];

/** The kind of a document, and what is wrong with how it says so. */
export interface DetectedKind {
  /** With a mistake: what was probably meant. Undefined when that cannot be told, or is not supported. */
  readonly kind: NamedKind | undefined;
  /** The kinds that the document may be of: one, all, or none of those that are supported. */
  readonly possible: readonly NamedKind[];
  readonly mistake?: { readonly code: DiagnosticCode; readonly summary: string };
}

/**
 * The kind of a document: its `kind:` (`declared`, undefined when it has none), else the nearest folder above the file that names
 * one, for example `queues/` in `teams/a/queues/batch.yaml`.
 */
export function detectKind(declared: unknown, path: string, suggest: SuggestNearest): DetectedKind {
  const folder = findFolderKind(path);
  const name = declared === undefined ? folder : declared;
  if (name === undefined) {
    const summary = "The document names no kind, and neither does its folder";
    return { ...guessKind(undefined), mistake: { code: "missing-kind", summary } };
  }
  if (typeof name !== "string") {
    return { ...guessKind(folder), mistake: { code: "wrong-type", summary: 'Field "kind" must be text' } };
  }
  const kind = SUPPORTED.get(name);
  if (kind !== undefined) return { kind, possible: [kind] };
  if (PLANNED.has(name)) {
    const summary = `NamedKind ${name} is not supported by this version`;
    return { ...guessKind(name), mistake: { code: "kind-not-supported", summary } };
  }
  const meant = findMeant(name, ALL_KIND_NAMES, suggest);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  const summary = `Unknown kind ${JSON.stringify(name.slice(0, 80))}${hint}`;
  const guess = meant === undefined ? { kind: undefined, possible: listPossibleKinds(path) } : guessKind(meant);
  return { ...guess, mistake: { code: "unknown-kind", summary } };
}

/** The kinds that the documents of a file may be of, as far as its folder tells. */
export function listPossibleKinds(path: string): readonly NamedKind[] {
  return guessKind(findFolderKind(path)).possible;
}

function guessKind(name: string | undefined): Pick<DetectedKind, "kind" | "possible"> {
  if (name === undefined) return { kind: undefined, possible: NAMED_KINDS };
  const kind = SUPPORTED.get(name);
  return { kind, possible: kind === undefined ? [] : [kind] };
}

function findFolderKind(path: string): string | undefined {
  const folders = path.split("/").slice(0, -1);
  const nearest = folders.findLast((folder) => FOLDERS.has(folder));
  return nearest === undefined ? undefined : FOLDERS.get(nearest);
}
