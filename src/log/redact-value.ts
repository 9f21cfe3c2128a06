import { redactText } from "../http/redact-text.ts";
import { maskCredentials } from "../model/mask-credentials.ts";

/** Names of fields whose values are never written, whatever they are. */
const SECRET_NAME =
  /(^|_|-)(token|secret|password|passphrase|authorization|cookie|api[_-]?key|private[_-]?key|client[_-]?secret)$/i;
/** Deeper values are cut: a log line is no place for them, and a value may hold itself. */
const MOST_DEPTH = 6;

/**
 * A value for the log without secrets: fields by their names, known secrets and credentials in addresses in every text. Errors
 * become plain values with their causes.
 */
export function redactValue(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === "string") return redactWords(value, secrets);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MOST_DEPTH) return "…";
  if (value instanceof Error) return redactValue(describeError(value), secrets, depth);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1));
  // What says itself how it is written (a Secret, a URL) is asked.
  if ("toJSON" in value && typeof value.toJSON === "function") return redactValue(value.toJSON(), secrets, depth + 1);
  const entries = Object.entries(value).map(([name, nested]) => [name, redactField(name, nested, secrets, depth)]);
  return Object.fromEntries(entries);
}

function redactField(name: string, value: unknown, secrets: readonly string[], depth: number): unknown {
  const isSecret = SECRET_NAME.test(name) && value !== null && value !== undefined && typeof value !== "boolean";
  return isSecret ? "***" : redactValue(value, secrets, depth + 1);
}

/** A text without known secrets and without the credentials of the addresses in it. */
export function redactWords(text: string, secrets: readonly string[]): string {
  return maskCredentials(redactText(text, secrets));
}

function describeError(error: Error): Record<string, unknown> {
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  return { type: error.name, ...code, message: error.message, stack: error.stack, ...cause };
}
