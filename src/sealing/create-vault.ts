import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { OperationalError } from "../model/errors/operational-error.ts";
import { SEALED_IN_TEXT, type Sealed, writeSealed } from "../model/secrets/sealed.ts";
import { createRedactor } from "../systems/http/create-redactor.ts";
import type { IsSensitive, KeyPath } from "./sensitive-rules.ts";

/** A value that can be sealed. */
export type Plain = string | number | boolean;

/**
 * The sensitive values of one plan, or one look at a target: it seals them on their way in and opens them on their way out. What it
 * remembers lives as long as it does, in memory only.
 */
export interface Vault {
  readonly isSensitive: IsSensitive;
  /**
   * Seals a value. The hash covers its place, so that equal values at different places have different hashes, and the value in the form in
   * which it is compared; default: as it is.
   */
  seal(place: KeyPath, value: Plain, compared?: Plain): Sealed;
  /** The same for a stretch of a text, as a marker that replaces it; `value` is what it means, default: itself. */
  sealStretch(place: KeyPath, stretch: string, value?: string): string;
  /** What was sealed here. Throws an OperationalError `sealed_elsewhere` for what was not. */
  open(sealed: Sealed): Plain;
  /** A text with all that was sealed in it put back. Throws as {@link Vault.open} does. */
  openText(text: string): string;
  /** All that was sealed here, in that order: what another vault with the same key takes over. It is secret. */
  list(): readonly KeptValue[];
  /** Takes over what another vault sealed. */
  take(kept: readonly KeptValue[]): void;
  /** A foreign text, such as an error of a server, without the values that were sealed here. */
  redact(text: string): string;
}

/** A value that was sealed. */
export interface KeptValue {
  readonly hash: string;
  readonly value: Plain;
  /** What is removed from foreign texts. */
  readonly meaning: string;
}

/** How a vault is made. */
export interface VaultOptions {
  /** At least 32 bytes. Hashes of vaults with the same key can be compared. */
  readonly key: Uint8Array;
  readonly isSensitive: IsSensitive;
}

/** A key for one run, where nothing keeps one. */
export function drawVaultKey(): Uint8Array {
  return randomBytes(32);
}

/** Shorter values are not taken out of texts: it would garble them and hide nothing. */
export const SHORTEST_REDACTED = 6;

/** An empty vault. */
export function createVault({ key, isSensitive }: VaultOptions): Vault {
  if (key.length < 32) throw new Error("the key of a vault has at least 32 bytes");
  const values = new Map<string, KeptValue>();
  const redactor = createRedactor();
  const redacted = new Set<string>();
  // Made once: hashing with it takes a quarter of the time that it takes with bytes.
  const secret = createSecretKey(key);
  const hashOf = (...parts: readonly unknown[]) =>
    createHmac("sha256", secret).update(JSON.stringify(parts)).digest("hex");
  const keep = (hash: string, value: Plain, meaning: string): string => {
    values.set(hash, { hash, value, meaning });
    if (meaning.length >= SHORTEST_REDACTED && !redacted.has(meaning)) {
      redacted.add(meaning);
      redactor.add(meaning);
    }
    return hash;
  };
  const find = (hash: string): Plain => {
    const kept = values.get(hash);
    if (kept !== undefined) return kept.value;
    throw new OperationalError(
      "sealed_elsewhere",
      "A sensitive value is not known to this run: only its hash is. Plan again from the manifests.",
      { next: "stop" },
    );
  };
  return {
    isSensitive,
    seal: (place, value, compared = value) => {
      return { sealed: true, hash: keep(hashOf("value", place, compared), value, String(value)) };
    },
    sealStretch: (place, stretch, value = stretch) =>
      writeSealed(keep(hashOf("text", place, stretch), stretch, value.trim())),
    open: ({ hash }) => find(hash),
    openText: (text) => text.replace(SEALED_IN_TEXT, (_marker, hash: string) => String(find(hash))),
    list: () => [...values.values()],
    take: (kept) => {
      for (const { hash, value, meaning } of kept) keep(hash, value, meaning);
    },
    redact: redactor.redact,
  };
}
