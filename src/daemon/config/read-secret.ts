import { readFileSync } from "node:fs";
import type { SecretReference } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { rememberSecret } from "../../systems/http/known-secrets.ts";
import type { Environment } from "./check-config-references.ts";

/**
 * The secret that a reference names, trimmed and read again at each use. It is registered for redaction, so that logs are free of it. Throws
 * an OperationalError `secret_missing` that names the variable or file, never a value.
 */
export function readSecret(reference: SecretReference, env: Environment = process.env): string {
  const secret = ("env" in reference ? readVariable(reference.env, env) : readFile(reference.file)).trim();
  if (secret === "") throw missing(`${nameSecret(reference)} is empty`);
  rememberSecret(nameSecret(reference), secret);
  return secret;
}

/** How messages name a reference. */
export function nameSecret(reference: SecretReference): string {
  return "env" in reference ? `the variable ${reference.env}` : `the file ${reference.file}`;
}

function readVariable(name: string, env: Environment): string {
  const value = env[name];
  if (value === undefined) throw missing(`the variable ${name} is not set`);
  return value;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "it failed";
    throw missing(`the file ${file} can't be read (${reason})`, cause);
  }
}

function missing(fault: string, cause?: unknown): OperationalError {
  const message = `A secret is missing: ${fault}. Set it where poolkeeper runs, or correct the reference in the configuration.`;
  return new OperationalError("secret_missing", message, { next: "wait", cause });
}
