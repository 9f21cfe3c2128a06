import type { Comment, Forge } from "./forge.ts";

/** Characters of a comment by others that are read: a command stands on its first line. A list of thousands of longest ones would not be read at all. */
const MOST_CHARACTERS = 2_000;

/** What shows the next text on a line of its own, or may. */
const LINE_ENDS = ["\n", "\v", "\f", "\r", "\u0085", "\u2028", "\u2029"];

/** From the beginning of its line on, which may make it code. */
function beginText(body: string): string {
  const text = body.search(/\S/);
  const start = Math.max(...LINE_ENDS.map((end) => body.lastIndexOf(end, text))) + 1;
  return body.slice(start, start + MOST_CHARACTERS);
}

/** Returns what shortens the comments of a list: those of others from their first text on. The daemon's own are compared word for word. */
export async function createShortener(readSelf: Forge["readSelf"]): Promise<(comment: Comment) => Comment> {
  const self = await readSelf().catch(() => null);
  return (comment) => {
    if (self === null || comment.author === self || comment.body.length <= MOST_CHARACTERS) return comment;
    return { ...comment, body: beginText(comment.body) };
  };
}
