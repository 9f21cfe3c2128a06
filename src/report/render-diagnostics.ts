import type { Diagnostic } from "../model/diagnostic.ts";

/**
 * Diagnostics as text, two lines and the remedy each, blank lines between, and a count at the end:
 *
 *     Error: No pool "prd" in the folder; did you mean "prod"? [unknown-reference]
 *       on queues/batch.yaml:2:15, queue.batch
 *       Write "prod", or add a ClusterPool manifest.
 *
 * Empty for none. Text that came from the repository is shown without control characters.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return "";
  return `${diagnostics.map(renderDiagnostic).join("\n")}\n${countDiagnostics(diagnostics)}\n`;
}

function renderDiagnostic({ severity, code, summary, detail, file, line, column, address }: Diagnostic): string {
  const title = severity === "error" ? "Error" : "Warning";
  const place = `${file}:${line}:${column}${address === null ? "" : `, ${address}`}`;
  const lines = [`${title}: ${summary} [${code}]`, `  on ${place}`, ...detail.split("\n").map((text) => `  ${text}`)];
  return `${lines.map(stripControls).join("\n")}\n`;
}

/** A terminal would obey them, and a file's name may hold any. */
function stripControls(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

/** `2 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""];
  return counts.filter((count) => count !== "").join(", ");
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
