/**
 * Text on one line without control characters. A terminal would obey them, and a file's name or a reason that a data plane
 * gives may hold any.
 */
export function stripControls(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
