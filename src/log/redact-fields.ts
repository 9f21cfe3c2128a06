import { redactText } from "../http/redact-text.ts";
import { maskCredentials } from "../model/mask-credentials.ts";

/** Names of fields whose values are never written, whatever they are. */
const SECRET_NAME =
  /(^|_|-)(token|secret|password|passphrase|authorization|cookie|set-cookie|api[_-]?key|private[_-]?key|signature)$/i;

/** The fields of a JSON object without secrets: by their names, and known secrets and credentials of addresses in every text. */
export function redactFields(fields: object, secrets: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSecret(name, value) ? "***" : redactValue(value, secrets)]),
  );
}

function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redactWords(value, secrets);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map((item) => redactValue(item, secrets)) : redactFields(value, secrets);
}

function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && value !== null && typeof value !== "boolean";
}

/** A text without known secrets and without the credentials of the addresses in it. */
export function redactWords(text: string, secrets: readonly string[]): string {
  return maskCredentials(redactText(text, secrets));
}
