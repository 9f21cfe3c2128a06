import type { Redact } from "../../model/cut-foreign.ts";
import { maskCredentials } from "../../model/mask-credentials.ts";

/** Names of fields whose values are never written. */
const SECRET_NAME =
  /(^|_|-)(token|secret|password|passphrase|authorization|cookie|set-cookie|api[_-]?key|private[_-]?key|signature)$/i;

/** The fields of a JSON object without secrets: by their names, and secrets and credentials of addresses in every text. */
export function redactFields(fields: object, redact: Redact): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSecret(name, value) ? "***" : redactValue(value, redact)]),
  );
}

function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redactWords(value, redact);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map((item) => redactValue(item, redact)) : redactFields(value, redact);
}

function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && value !== null && typeof value !== "boolean";
}

/** A text without secrets and without the credentials of the addresses in it. */
export function redactWords(text: string, redact: Redact): string {
  return maskCredentials(redact(text));
}
