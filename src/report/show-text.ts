/**
 * What no eye sees, or what turns the direction of text: control characters, marks and overrides of direction, signs without width,
 * separators of lines, tags, and halves of characters.
 */
const UNSEEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
const ESCAPE = String.fromCharCode(27);
const COLOUR = /^\[[0-9;]{0,15}m/;
const LONGEST_COLOUR = 20;

/**
 * A text as it leaves for a terminal, a file or a page: what no eye sees is written as in JSON (`\u202e`), so that nothing looks like
 * something else, and JSON stays the same JSON. Line breaks and tabs stay; with `keepsColours`, the default, so do colours.
 */
export function showText(text: string, { keepsColours = true }: { readonly keepsColours?: boolean } = {}): string {
  return text.replace(UNSEEN, (found, at: number) => {
    const isColour =
      keepsColours &&
      found === ESCAPE &&
      COLOUR.test(text.slice(at + found.length, at + found.length + LONGEST_COLOUR));
    return found === "\n" || found === "\t" || isColour ? found : spell(found);
  });
}

function spell(found: string): string {
  const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
