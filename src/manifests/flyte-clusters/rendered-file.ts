/** A file of the output: its path there, relative, with `/`, and its text. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string;
}

const MARK = "Rendered by poolkeeper from flyte_clusters.";

/** First line of a rendered file, without the signs of a comment: names its owner, and that edits by hand do not last. */
export function describeOrigin(name: string): string {
  return `${MARK}${name}; change the manifest, not this file.`;
}

/** Whether a file of the output was rendered from the object of this name; others are never removed. */
export function isRenderedFrom(name: string, { text }: RenderedFile): boolean {
  return (text.split("\n", 1)[0] ?? "").includes(`${MARK}${name};`);
}
