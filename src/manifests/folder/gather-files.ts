import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { inTurns } from "../../model/in-turns.ts";
import type { ManifestFile } from "../../model/objects/manifest.ts";
import type { ReadFolder, ReadLimits } from "./read-folder.ts";
import type { ReadText } from "./read-text.ts";
import type { WalkedEntry } from "./walk-folder.ts";

/**
 * Reads the files of a walk up to the limits; past them, reading stops with a diagnostic. All else of the process has its turn
 * in the meantime.
 */
export async function gatherFiles(
  entries: Iterable<WalkedEntry>,
  readText: (realPath: string, path: string) => ReadText,
  limits: ReadLimits,
): Promise<ReadFolder> {
  const files: ManifestFile[] = [];
  const diagnostics: Diagnostic[] = [];
  let total = 0;
  const stopAt = (file: string) => {
    const summary = "The folder is too large: reading stopped here";
    diagnostics.push(createDiagnostic("folder-too-large", { summary, file }));
  };
  for await (const entry of inTurns(entries)) {
    if (entry.found === "nothing") continue;
    if (diagnostics.length >= limits.mistakes) {
      stopAt(entry.found === "file" ? entry.path : entry.diagnostic.file);
      break;
    }
    if (entry.found === "mistake") {
      diagnostics.push(entry.diagnostic);
      continue;
    }
    const read = readText(entry.realPath, entry.path);
    if (!read.ok) {
      diagnostics.push(read.diagnostic);
      continue;
    }
    total += read.bytes;
    if (files.length >= limits.files || total > limits.totalBytes) {
      stopAt(entry.path);
      break;
    }
    files.push({ path: entry.path, text: read.text });
  }
  return { files: files.sort(comparePaths), diagnostics };
}

function comparePaths(a: ManifestFile, b: ManifestFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
