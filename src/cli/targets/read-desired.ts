import type { ReferenceSources } from "../../manifests/folder/read-referenced.ts";
import { buildKept, hasErrors, type LoadedDesired, loadDesired } from "../../manifests/load-desired.ts";
import { UNKNOWN_ORG } from "../../manifests/name-object.ts";
import type { KeptDocument } from "../../manifests/parse-manifests.ts";
import { resolveReferences } from "../../manifests/resolve-references.ts";
import type { Paint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { join, shown } from "../../report/text/shown-text.ts";
import { showDocument, showNote } from "../output/show-result.ts";

/** How manifests are read and what is wrong with them is shown. */
export interface ReadDesiredOptions {
  /** Null where it is not known. */
  readonly org: string | null;
  readonly json: boolean;
  readonly paint: Paint;
  /** Where references are resolved; null: they are left as they are. */
  readonly references: ReferenceSources | null;
}

/** Reads a folder of manifests; null when it is invalid, and then what is wrong has been printed. */
export async function readDesired(dir: string, options: ReadDesiredOptions): Promise<LoadedDesired | null> {
  return showMistakes(await loadDesired(dir, { org: options.org ?? UNKNOWN_ORG }), options);
}

/** Reads the manifests that a plan file holds, in the same way. */
export function readKept(documents: readonly KeptDocument[], options: ReadDesiredOptions): LoadedDesired | null {
  return showMistakes(buildKept(documents, { org: options.org ?? UNKNOWN_ORG }), options);
}

function showMistakes(read: LoadedDesired, { json, paint, references }: ReadDesiredOptions): LoadedDesired | null {
  // What is wrong in the manifests comes first: a reference in them may be a mistake.
  const loaded = references === null || hasErrors(read.diagnostics) ? read : resolveReferences(read, references);
  const { diagnostics } = loaded;
  const failed = hasErrors(diagnostics);
  if (failed && json) showDocument(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
  // Warnings alone: the plan follows.
  else if (diagnostics.length > 0)
    showNote(shown`${renderDiagnostics(diagnostics, paint)}${join(failed ? [] : ["", ""])}`);
  return failed ? null : loaded;
}
