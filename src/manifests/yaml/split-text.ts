import type { TextPart } from "../../model/diagnostics/position.ts";

/** `---` at the start of a line always begins a document: not even a block or quoted text may contain it. */
const SEPARATOR = /(?<=^|[\r\n])---(?=[ \t\r\n]|$)/g;
/** What may precede the first `---` without being a document: comments, directives, empty lines. */
const NO_CONTENT = /^(?:[ \t]*(?:#.*)?|%.*)$/;

/** A part with the text from its beginning to the end of the file. */
export interface SplitPart extends TextPart {
  readonly rest: string;
}

/** Splits a text into its documents one by one, without looking at what they hold. */
export function* splitText(text: string): Generator<SplitPart> {
  let start = 0;
  let linesBefore = 0;
  for (const { index } of text.matchAll(SEPARATOR)) {
    const part = text.slice(start, index);
    if (start > 0 || !part.split(/\r?\n/).every((line) => NO_CONTENT.test(line))) {
      yield { text: part, linesBefore, rest: text.slice(start) };
    }
    linesBefore += countLines(part);
    start = index;
  }
  const last = text.slice(start);
  yield { text: last, linesBefore, rest: last };
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
