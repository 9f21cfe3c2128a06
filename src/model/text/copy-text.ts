/** V8 copies shorter parts by itself, in characters. */
const SHORTEST_VIEW = 13;

/**
 * The same text in memory of its own. `slice`, `split`, `trim`, a match, and a text that one of them is a part of, are views: as long as a part is kept, all
 * of the text that it was cut from stays in memory. For what is kept of texts of others, which may be of any length.
 */
export function copyText(text: string): string {
  // UTF-16 is what V8 has: halves of characters stay. Of Latin letters it makes a text of one byte each again.
  return text.length < SHORTEST_VIEW ? text : Buffer.from(text, "utf16le").toString("utf16le");
}
