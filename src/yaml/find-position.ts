import type { Position } from "../model/position.ts";

/** Counts lines of one text for offsets that never go back, so that all of them together cost one pass. */
export function createLineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  return (offset) => {
    while (next !== -1 && next < offset) {
      line += 1;
      next = text.indexOf("\n", next + 1);
    }
    return line;
  };
}

/** Line and column of an offset into `text`. */
export function findPosition(text: string, offset: number): Position {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return { line: createLineCounter(text)(offset), column: offset - lineStart + 1 };
}
