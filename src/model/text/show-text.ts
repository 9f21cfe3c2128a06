/**
 * What no eye sees, or what turns the direction of text: control characters, halves of characters, separators of lines, what Unicode
 * calls ignorable (marks and overrides of direction, signs without width, fillers, variation selectors, tags), and blank signs that are
 * no space. The selector that makes a picture of a sign (U+FE0F) stays where it follows such a sign.
 */
const UNSEEN =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb]/gu;

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
