import { copyText } from "../../model/text/copy-text.ts";
import type { Comment, Forge } from "./forge.ts";

/** Characters of a comment by others that are read: a command stands on its first line. A list of thousands of longest ones would not be read at all. */
const MOST_CHARACTERS = 2_000;

/** What else than a line break shows the next text on a line of its own, or may. */
const LINE_SIGNS = ["\v", "\f", "\r", "\u0085", "\u2028", "\u2029"];
const UNSEEN_LINE = "\u200b\n";
/** The first sign that an eye sees. */
const SEEN = /[^\s\u0085\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/**
 * From the beginning of its line on, which may make it code, and with the sign that ends the line before where that is no line break. What no eye sees before
 * that stays as one line of it.
 */
function beginText(body: string): string {
  const text = body.search(SEEN);
  const start = Math.max(body.lastIndexOf("\n", text) + 1, ...LINE_SIGNS.map((sign) => body.lastIndexOf(sign, text)));
  const unseen = /\S/.test(body.slice(0, start)) ? UNSEEN_LINE : "";
  return copyText(unseen + body.slice(start, start + MOST_CHARACTERS));
}

/** Returns what shortens the comments of a list: those of others from their first text on. The daemon's own are compared word for word. */
export async function createShortener(readSelf: Forge["readSelf"]): Promise<(comment: Comment) => Comment> {
  // Where it is not known which are the daemon's own, none is shortened: who needs to know fails by itself.
  const self = await readSelf().catch(() => null);
  return (comment) => {
    if (self === null || comment.author === self || comment.body.length <= MOST_CHARACTERS) return comment;
    return { ...comment, body: beginText(comment.body) };
  };
}
