/** What is wrong at a place of a file. */
export interface Annotation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly level: "failure" | "warning" | "notice";
  readonly title: string;
  readonly message: string;
}
