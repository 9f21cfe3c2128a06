import { createRedactor, type Redactor } from "./create-redactor.ts";
import { addCredential } from "./redact-credentials.ts";

/** More are not kept: rotated tokens would pile up over months. */
const MOST_SECRETS = 400;
/** In the order in which they were last read. */
const known = new Set<string>();
/** Of all of them; null: one was dropped since. */
let redactor: Redactor | null = createRedactor();

/** Remembers a secret that this process has read, so that {@link redactKnownSecrets} takes it out of what it writes. */
export function rememberSecret(secret: string): void {
  if (!known.delete(secret) && redactor !== null) addCredential(redactor, { secret });
  known.add(secret);
  for (const oldest of known) {
    if (known.size <= MOST_SECRETS) return;
    known.delete(oldest);
    redactor = null;
  }
}

/**
 * A text without the secrets that this process has read, the last 400 of them, in all forms in which they travel: for logs, pages and
 * messages.
 */
export function redactKnownSecrets(text: string): string {
  redactor ??= makeRedactor();
  return redactor.redact(text);
}

function makeRedactor(): Redactor {
  const made = createRedactor();
  for (const secret of known) addCredential(made, { secret });
  return made;
}
