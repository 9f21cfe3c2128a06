/** No header that servers take holds more. */
const LONGEST_TOKEN = 16_000;

/**
 * Whether a text is a token as RFC 6750 (2.1) has it, and of a length that a header may have. What a server gives is taken in this form alone: it is
 * looked for in all texts about that server, and other signs have many spellings of many lengths.
 */
export function isBearerToken(text: string): boolean {
  return text.length <= LONGEST_TOKEN && /^[\w.~+/-]+=*$/.test(text);
}
