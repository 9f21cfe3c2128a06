/**
 * What no eye sees or knows from another sign, or what turns the direction of text: control characters, halves of characters, separators of lines, what
 * Unicode calls ignorable or a format (marks and overrides of direction, signs without width, fillers, variation selectors, tags), what has no
 * picture (unassigned, of private use, the signs that stand for what is missing), and blank signs that are no space. The selector that makes a
 * picture of a sign (U+FE0F) stays where it follows such a sign.
 */
const UNSEEN =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufffc\ufffd]|(?! )\p{Zs}/gu;

/** The same without spaces of other widths: people write them, and no value is known by what they write. */
const UNSEEN_IN_WORDS =
  /(?!(?<=\p{Extended_Pictographic})\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800\ufffc\ufffd]/gu;

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

/** Words of people with what no eye sees as escapes, spaces of any width as they are. Line breaks stay. */
export function showWords(text: string): string {
  return text.replace(UNSEEN_IN_WORDS, (found) => (found === "\n" ? found : spell(found)));
}

function spell(found: string): string {
  const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
