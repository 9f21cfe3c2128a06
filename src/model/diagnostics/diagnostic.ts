/**
 * An error or warning about the repository. Collected, never thrown: all of them are reported together. `file` is relative to the folder
 * that was read; `line` and `column` count from 1.
 */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** A code of the catalogue, stable for scripts. */
  readonly code: string;
  /** What is wrong, in one line, with the names concerned. */
  readonly summary: string;
  /** What to do about it. */
  readonly detail: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The object concerned (`kind.name`), or null when the document is not one yet. */
  readonly address: string | null;
}
