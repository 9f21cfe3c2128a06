import { createRedactor, type Redactor } from "./create-redactor.ts";
import { type Credential, listCredentialForms } from "./list-credential-forms.ts";

/** A foreign text without the credentials that were sent, in all encodings: for all clients. */
export function redactCredentials(text: string, credentials: readonly Credential[]): string {
  const redactor = createRedactor();
  for (const credential of credentials) addCredential(redactor, credential);
  return redactor.redact(text);
}

/** A longer secret is no credential of a header. */
const LONGEST_CREDENTIAL = 4_000;

/** Adds a credential in all forms in which it travels; a text of more than 4,000 letters as any other secret. */
export function addCredential(redactor: Redactor, credential: Credential): void {
  redactor.add(credential.secret);
  if (credential.secret.length > LONGEST_CREDENTIAL) return;
  for (const form of listCredentialForms(credential)) redactor.addWord(form);
}
