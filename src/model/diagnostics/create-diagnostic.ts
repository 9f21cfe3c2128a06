import { maskCredentials, maskPath } from "../secrets/mask-credentials.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE, type DiagnosticCode } from "./diagnostic-catalogue.ts";

/** What one mistake adds to its code. `detail` defaults to the catalogue's remedy, the place to the file's first character. */
export interface DiagnosticFacts {
  readonly summary: string;
  readonly detail?: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly address?: string | null;
}

/**
 * A diagnostic with the severity and, by default, the remedy of its code. Its texts are masked: what is wrong may be a credential in the
 * wrong place, and everybody reads about it. An address that holds one is left out.
 */
export function createDiagnostic(code: DiagnosticCode, facts: DiagnosticFacts): Diagnostic {
  const { severity, remedy } = DIAGNOSTIC_CATALOGUE[code];
  return {
    severity,
    code,
    summary: maskCredentials(facts.summary),
    detail: maskCredentials(facts.detail ?? remedy),
    file: maskPath(facts.file),
    line: facts.line ?? 1,
    column: facts.column ?? 1,
    address: readAddress(facts),
  };
}

function readAddress({ address = null }: DiagnosticFacts): string | null {
  return address === null || maskPath(address) !== address ? null : address;
}
