import { createRedactor } from "../../src/systems/http/create-redactor.ts";

/** A text without these secrets. */
export function redactText(text: string, secrets: readonly string[]): string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.redact(text);
}
