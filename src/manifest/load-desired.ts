import { resolveDesired } from "../desired/resolve-desired.ts";
import { createDiagnostic } from "../model/create-diagnostic.ts";
import type { Desired } from "../model/desired.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { limitDiagnostics } from "../model/limit-diagnostics.ts";
import { guessUnreadClaims } from "./guess-claims.ts";
import { parseManifests } from "./parse-manifests.ts";
import { READ_LIMITS, type ReadLimits, readFolder } from "./read-folder.ts";

/** What a folder wants, and everything that is wrong with it, sorted by place and limited in number. */
export interface LoadedDesired {
  /** To be used only when {@link hasErrors} says no. */
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads, parses and resolves a folder of manifests. Needs no network. Throws an OperationalError when `dir` cannot be read. */
export async function loadDesired(dir: string, limits: ReadLimits = READ_LIMITS): Promise<LoadedDesired> {
  const read = await readFolder(dir, limits);
  const parsed = parseManifests(read.files);
  const resolved = resolveDesired(parsed.manifests, [...parsed.claims, ...read.diagnostics.flatMap(guessUnreadClaims)]);
  const found = [...read.diagnostics, ...parsed.diagnostics, ...resolved.diagnostics];
  if (found.length === 0 && parsed.manifests.length === 0) {
    found.push(createDiagnostic("no-manifests", { file: ".", summary: "The folder holds no manifest" }));
  }
  return { desired: resolved.desired, diagnostics: limitDiagnostics(found) };
}

/** Whether any of the diagnostics is an error: then nothing may be planned. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
