import type { Diagnostic } from "./diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE } from "./diagnostic-catalogue.ts";

/** Most errors, and most warnings, that one run lists. */
export const MAX_DIAGNOSTICS = 1000;

/** Most characters of all errors, and of all warnings, as JSON: each repeats the path of its file, which may be thousands long. */
export const MAX_DIAGNOSTIC_CHARACTERS = 500_000;

/** Sorts by file, line, column and code; equal places keep their order. Text compares by code unit, not by locale. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.code, b.code),
  );
}

/**
 * Sorts, keeps the first {@link MAX_DIAGNOSTICS} errors and as many warnings, of each no more than {@link MAX_DIAGNOSTIC_CHARACTERS}, and
 * closes with a diagnostic that says so when some were left out.
 */
export function limitDiagnostics(diagnostics: readonly Diagnostic[], limit = MAX_DIAGNOSTICS): Diagnostic[] {
  const sorted = sortDiagnostics(diagnostics);
  const kept = [...keepFirst(sorted, "error", limit), ...keepFirst(sorted, "warning", limit)];
  return sortDiagnostics(kept);
}

function keepFirst(sorted: readonly Diagnostic[], severity: Diagnostic["severity"], limit: number): Diagnostic[] {
  const all = sorted.filter((diagnostic) => diagnostic.severity === severity);
  const kept = takeFitting(all.slice(0, limit));
  const last = kept.at(-1);
  return all.length === kept.length || last === undefined
    ? kept
    : [...kept, describeRest(last, `${kept.length} ${severity}s in all`)];
}

/** The first one at least. */
function takeFitting(all: readonly Diagnostic[]): Diagnostic[] {
  let characters = 0;
  const end = all.findIndex((diagnostic, index) => {
    characters += JSON.stringify(diagnostic).length;
    return index > 0 && characters > MAX_DIAGNOSTIC_CHARACTERS;
  });
  return all.slice(0, end < 0 ? all.length : end);
}

/** The diagnostic that stands, after `last`, for those of the same severity that are not listed. */
export function describeRest(last: Diagnostic, scope: string): Diagnostic {
  return {
    ...last,
    code: "more-diagnostics",
    summary: `There is more: only ${scope} are listed`,
    detail: DIAGNOSTIC_CATALOGUE["more-diagnostics"].remedy,
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
