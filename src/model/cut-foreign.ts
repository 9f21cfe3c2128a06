import { maskCredentials } from "./mask-credentials.ts";

/** What is kept of a text that others wrote, in characters: more of an error says no more. */
const MOST_CHARACTERS = 8_000;
/** No secret is longer: half of one would not be known as one. */
const LONGEST_SECRET = 8_000;

/**
 * The begin of a text that others wrote (a server's error, git's output), without the secrets that `redact` takes out and without
 * credentials of addresses. It is cut before anything looks at it, so that no text costs more than a short one; what was cut off is said, with
 * its length.
 */
export function cutForeign(text: string, redact: (text: string) => string = (same) => same): string {
  const looked = maskCredentials(redact(text.slice(0, MOST_CHARACTERS + LONGEST_SECRET)));
  if (text.length <= MOST_CHARACTERS && looked.length <= MOST_CHARACTERS) return looked;
  const isWhole = text.length <= MOST_CHARACTERS + LONGEST_SECRET;
  // At the end of what was looked at, the first half of a secret may stand.
  const kept = Math.min(MOST_CHARACTERS, isWhole ? looked.length : Math.max(0, looked.length - LONGEST_SECRET));
  if (isWhole && kept === looked.length) return looked;
  return `${looked.slice(0, kept).replace(/[\ud800-\udbff]$/, "")} (cut: ${text.length} characters)`;
}

/** Of a list of such texts, no more are kept. */
const MOST_TEXTS = 20;

/** The first 20 texts of a list that others wrote, each as {@link cutForeign} gives it, and how many more there are. */
export function cutForeignList(texts: readonly string[], redact: (text: string) => string): readonly string[] {
  const kept = texts.slice(0, MOST_TEXTS).map((text) => cutForeign(text, redact));
  return kept.length === texts.length ? kept : [...kept, `(cut: ${texts.length} texts)`];
}
