import { KIND_DEFINITIONS, KINDS, type Kind } from "../kinds/registry.ts";
import type { DiagnosticCode } from "../model/diagnostics/diagnostic-catalogue.ts";
import { quoteText } from "../model/secrets/quote-text.ts";
import type { SuggestNearest } from "../model/text/suggest-nearest.ts";
import { findMeant } from "./problems/find-meant.ts";

const BY_NAME: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [KIND_DEFINITIONS[kind].title, kind]));
const FOLDERS: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [KIND_DEFINITIONS[kind].folder, kind]));

/** The kind of a document, and what is wrong with how it says so. */
export interface DetectedKind {
  /** With a mistake: what was probably meant. Undefined when that is unknown. */
  readonly kind: Kind | undefined;
  /** The kinds that the document may be of: one or all. */
  readonly possible: readonly Kind[];
  readonly mistake?: { readonly code: DiagnosticCode; readonly summary: string };
}

/**
 * The kind of a document: its `kind:` (`declared`, undefined when it has none), else the nearest folder above the file that names
 * one, for example `queues/` in `teams/a/queues/batch.yaml`.
 */
export function detectKind(declared: unknown, path: string, suggest: SuggestNearest): DetectedKind {
  const folder = findFolderKind(path);
  if (declared === undefined) {
    if (folder !== undefined) return guessKind(folder);
    const summary = "The document has no kind, and neither has its folder";
    return { ...guessKind(undefined), mistake: { code: "missing-kind", summary } };
  }
  if (typeof declared !== "string") {
    return { ...guessKind(folder), mistake: { code: "wrong-type", summary: 'Field "kind" must be text' } };
  }
  const kind = BY_NAME.get(declared);
  if (kind !== undefined) return guessKind(kind);
  const meant = findMeant(declared, [...BY_NAME.keys()], suggest);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  const summary = `Unknown kind ${quoteText(declared)}${hint}`;
  const guess =
    meant === undefined ? { kind: undefined, possible: listPossibleKinds(path) } : guessKind(BY_NAME.get(meant));
  return { ...guess, mistake: { code: "unknown-kind", summary } };
}

/** The possible kinds of the documents of a file, by its folder. */
export function listPossibleKinds(path: string): readonly Kind[] {
  return guessKind(findFolderKind(path)).possible;
}

function guessKind(kind: Kind | undefined): Pick<DetectedKind, "kind" | "possible"> {
  return { kind, possible: kind === undefined ? KINDS : [kind] };
}

function findFolderKind(path: string): Kind | undefined {
  const folders = path.split("/").slice(0, -1);
  const nearest = folders.findLast((folder) => FOLDERS.has(folder));
  return nearest === undefined ? undefined : FOLDERS.get(nearest);
}
