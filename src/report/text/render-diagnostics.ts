import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { type Paint, PLAIN } from "./paint.ts";
import { join, type Shown, shown } from "./shown-text.ts";

/**
 * Diagnostics as text, two lines and the remedy each, blank lines between, and a count at the end:
 *
 *     Error: No pool "prd" in the folder; did you mean "prod"? [unknown-reference]
 *       on queues/batch.yaml:2:15, queue.batch
 *       Write "prod", or add a ClusterPool manifest.
 *
 * Empty for none. Control characters in text from the repository are shown as escapes.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], paint: Paint = PLAIN): Shown {
  if (diagnostics.length === 0) return shown``;
  const texts = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, paint));
  return shown`${join(texts)}\n${countDiagnostics(diagnostics)}\n`;
}

function renderDiagnostic(diagnostic: Diagnostic, paint: Paint): Shown {
  const { severity, code, summary, detail, file, line, column, address } = diagnostic;
  const title = severity === "error" ? paint.destroy("Error") : paint.change("Warning");
  const place = `${file}:${line}:${column}${address === null ? "" : `, ${address}`}`;
  const lines = [
    shown`${title}: ${paint.strong(summary)} ${paint.faint(`[${code}]`)}`,
    shown`  on ${place}`,
    ...detail.split("\n").map((text) => shown`  ${text}`),
  ];
  return shown`${join(lines)}\n`;
}

/** `2 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [errors > 0 ? countNoun(errors, "error") : "", warnings > 0 ? countNoun(warnings, "warning") : ""];
  return counts.filter((count) => count !== "").join(", ");
}
