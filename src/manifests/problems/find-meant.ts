import type { SuggestNearest } from "../../model/text/suggest-nearest.ts";

/** The known word that was probably meant: the same letters in another case or with other hyphens, else the nearest one. */
export function findMeant(word: string, known: readonly string[], suggest: SuggestNearest): string | undefined {
  const plain = plainSpelling(word);
  return known.find((candidate) => plainSpelling(candidate) === plain) ?? suggest(word, known);
}

function plainSpelling(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
