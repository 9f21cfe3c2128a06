import type { Redact } from "../../model/secrets/cut-foreign.ts";
import { createRedactor, type Redactor } from "./create-redactor.ts";
import { type Credential, listCredentialForms } from "./list-credential-forms.ts";

/** A foreign text without the credentials that were sent, in all encodings: for what is said once. Clients have {@link createCredentialRedactor}. */
export function redactCredentials(text: string, credentials: readonly Credential[]): string {
  return makeRedactor(credentials).redact(text);
}

/** The same for all that one client says: credentials are spelled once, and again where `inUse` gives others. */
export function createCredentialRedactor(inUse: () => readonly Credential[]): Redact {
  let known: readonly Credential[] = [];
  let redactor = makeRedactor(known);
  return (text) => {
    const credentials = inUse();
    if (!isSame(credentials, known)) {
      known = [...credentials];
      redactor = makeRedactor(known);
    }
    return redactor.redact(text);
  };
}

function makeRedactor(credentials: readonly Credential[]): Redactor {
  const redactor = createRedactor();
  for (const credential of credentials) addCredential(redactor, credential);
  return redactor;
}

function isSame(some: readonly Credential[], others: readonly Credential[]): boolean {
  const matches = ({ secret, user }: Credential, index: number) =>
    others[index]?.secret === secret && others[index]?.user === user;
  return some.length === others.length && some.every(matches);
}

/** A longer secret is no credential of a header. */
const LONGEST_CREDENTIAL = 4_000;

/** Adds a credential in all forms in which it travels; a text of more than 4,000 letters as any other secret. */
export function addCredential(redactor: Redactor, credential: Credential): void {
  redactor.add(credential.secret);
  if (credential.secret.length > LONGEST_CREDENTIAL) return;
  for (const form of listCredentialForms(credential)) redactor.addWord(form);
}
