/** A place in a text, both from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A stretch of a file, from one `---` to the next: one document as a rule, read without the others. */
export interface TextPart {
  readonly text: string;
  /** Lines of the file before it. */
  readonly linesBefore: number;
}

/** A document in a text, by its number from 0, empty ones included. Plain data: documents of one text share its part. */
export interface DocumentPlace {
  readonly part: TextPart;
  readonly index: number;
}

/** A path into a document: field names and list indexes from its root. */
export type NodePath = readonly (string | number)[];

/** Finds the place of a node: of its value, or of its key. A node that is not there gives its nearest ancestor. */
export type Locate = (path: NodePath, part?: "key" | "value") => Position;
