/**
 * A text as every database keeps it: PostgreSQL refuses U+0000, and half a surrogate pair has no bytes in UTF-8. Each becomes U+FFFD, in what is
 * written and in what is looked for, so that no text of a server or of people is refused, and both databases hold the same. Texts within JSON keep
 * theirs as escapes.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\ufffd");
}
