/** A stretch of a text, end exclusive, and what takes its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all of them applied; they may not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((one, other) => other.start - one.start)
    .reduce((spliced, { start, end, text: inner }) => spliced.slice(0, start) + inner + spliced.slice(end), text);
}
