/**
 * A text without the characters of `characters` at its end, in linear time: a pattern such as `/\/+$/` starts again at each run of them, so
 * that long runs elsewhere in the text make it quadratic.
 */
export function dropTrailing(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
