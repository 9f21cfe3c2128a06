import { redactText } from "./redact-text.ts";

/** More are not kept: rotated tokens would pile up over months. */
const MOST_SECRETS = 1000;
/** In the order in which they were last read. */
const known = new Set<string>();
/** The same as a list, made when it is asked for. */
let listed: readonly string[] | undefined;

/** Remembers a secret that this process has read, so that {@link redactKnownSecrets} takes it out of what it writes. */
export function rememberSecret(secret: string): void {
  if (!known.has(secret)) listed = undefined;
  known.delete(secret);
  known.add(secret);
  for (const oldest of known) {
    if (known.size <= MOST_SECRETS) return;
    known.delete(oldest);
  }
}

/** The secrets that this process has read, the last 1,000 of them: the same list until it reads another one. */
export function listKnownSecrets(): readonly string[] {
  listed ??= [...known];
  return listed;
}

/** A text without the secrets that this process has read, the last 1,000 of them: for logs, pages and messages. */
export function redactKnownSecrets(text: string): string {
  return redactText(text, listKnownSecrets());
}
