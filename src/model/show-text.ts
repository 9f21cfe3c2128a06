/**
 * What no eye sees, or what turns the direction of text: control characters, marks and overrides of direction, signs without width,
 * separators of lines, tags, and halves of characters.
 */
const UNSEEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
/**
 * A text as it leaves for a file, a page or a program: what no eye sees is written as in JSON (`\u202e`), so that nothing looks like
 * something else, and JSON stays the same JSON. Line breaks and tabs stay.
 */
export function showText(text: string): string {
  return text.replace(UNSEEN, (found) => (found === "\n" || found === "\t" ? found : spell(found)));
}

/** The same on one line: no line break and no tab stays. For a text of others within a line of ours. */
export function showInLine(text: string): string {
  return text.replace(UNSEEN, spell);
}

function spell(found: string): string {
  const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
