/** A value that a manifest names and does not hold: a variable or a file of the machine on which it is resolved. */
export interface Reference {
  /** No text of a setting is `true`: a map of texts can't be mistaken for a reference. */
  readonly reference: true;
  readonly from: "env" | "file";
  /** The variable's name, or the file's absolute path. */
  readonly name: string;
  /** Gives the value; there once it was resolved. A function: printing, JSON and copies of what holds it have no value in them. */
  readonly reveal?: () => string | boolean;
}

/** Whether a value stands for a reference. */
export function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "reference" in value && value.reference === true;
}

/** A reference as manifests write it: `{env: NAME}`, `{file: PATH}`. */
export function formatReference({ from, name }: Pick<Reference, "from" | "name">): string {
  return `{${from}: ${name}}`;
}
