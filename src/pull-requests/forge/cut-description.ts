/** As a commit status promises; the shortest limit of all forges. */
const MOST_CHARACTERS = 140;

/** A status's description in one line, cut where it is longer than forges take. */
export function cutDescription(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  // By code points: an emoji is not cut in half.
  const characters = [...line];
  if (characters.length <= MOST_CHARACTERS) return line;
  return `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}
