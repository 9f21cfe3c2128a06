import type { Diagnostic } from "./diagnostic.ts";

/** What is known of a code before it is met: shown in the reference and used as the default remedy. */
export interface CatalogueEntry {
  readonly severity: Diagnostic["severity"];
  /** What is wrong, in general. */
  readonly summary: string;
  /** Why it is a mistake. */
  readonly cause: string;
  /** What to do about it; the `detail` of a diagnostic that has nothing better to say. */
  readonly remedy: string;
}

/** The entry of a mistake that stops a plan. */
export function error(summary: string, cause: string, remedy: string): CatalogueEntry {
  return { severity: "error", summary, cause, remedy };
}

/** The entry of a mistake that stops nothing. */
export function warning(summary: string, cause: string, remedy: string): CatalogueEntry {
  return { severity: "warning", summary, cause, remedy };
}
