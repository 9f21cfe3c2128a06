/** Shorter texts are not replaced: it would garble messages and hide nothing. */
const SHORTEST_SECRET = 4;
const CREDENTIAL_HEADER = /\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi;

/**
 * Replaces each secret in a text by `***`, in the spellings that it travels in (plain, URL-encoded, base64), and whatever
 * follows `Bearer` or `Basic`. For words of servers, proxies and commands, which may repeat what they were sent.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  const spellings = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]);
  const plain = spellings.reduce((done, spelling) => done.replaceAll(spelling, "***"), text);
  return plain.replace(CREDENTIAL_HEADER, "$1 ***");
}
