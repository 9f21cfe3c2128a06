import type { Redactor } from "./create-redactor.ts";
import { createRedactor } from "./create-redactor.ts";
import { addCredential } from "./redact-credentials.ts";

/** Values by the names of what they were read from, the newest first: what was rotated may still be in use. */
type Known = Map<string, readonly string[]>;
const MOST_VALUES = 2;
/** Names that manifests choose; more are not kept. */
const MOST_REFERRED = 400;
/** So many values that are no more kept are still searched for: those that are kept are not spelled again for each one that goes. */
const MOST_DROPPED = 400;

/** As many as the configuration names: nothing else takes their place. */
const own: Known = new Map();
/** In the order in which they were last read. */
const referred: Known = new Map();
/** Of all of them, and of those that were dropped since it was made; null: too many of these were. */
let redactor: Redactor | null = createRedactor();
let dropped = 0;

/**
 * Remembers a secret of this process's configuration, so that {@link redactKnownSecrets} takes it out of what it writes, and the one before of
 * the same name. What servers give is no such secret: their clients take it out of what they say of them.
 */
export function rememberSecret(name: string, secret: string): void {
  remember(own, name, secret);
}

/** Remembers in the same way what a reference of a manifest stands for: of the last 400 that were read. */
export function rememberReferred(name: string, secret: string): void {
  remember(referred, name, secret);
  for (const [oldest, values] of referred) {
    if (referred.size <= MOST_REFERRED) break;
    referred.delete(oldest);
    drop(values);
  }
}

/** A text without the secrets that this process has read, in all forms in which they travel: for logs, pages and messages. */
export function redactKnownSecrets(text: string): string {
  redactor ??= makeRedactor();
  return redactor.redact(text);
}

function remember(known: Known, name: string, secret: string): void {
  const before = known.get(name) ?? [];
  if (!before.includes(secret) && redactor !== null) addCredential(redactor, { secret });
  const values = [secret, ...before.filter((value) => value !== secret)];
  known.delete(name);
  known.set(name, values.slice(0, MOST_VALUES));
  drop(values.slice(MOST_VALUES));
}

function drop(values: readonly string[]): void {
  dropped += values.length;
  if (dropped > MOST_DROPPED) redactor = null;
}

function makeRedactor(): Redactor {
  dropped = 0;
  const made = createRedactor();
  for (const values of [...own.values(), ...referred.values()]) {
    for (const secret of values) addCredential(made, { secret });
  }
  return made;
}
