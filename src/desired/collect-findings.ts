import { type Address, formatAddress } from "../model/address.ts";
import { createDiagnostic } from "../model/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE, type DiagnosticCode } from "../model/diagnostic-catalogue.ts";
import { MAX_DIAGNOSTICS } from "../model/limit-diagnostics.ts";
import type { Manifest } from "../model/manifest.ts";
import type { NodePath } from "../model/position.ts";

/** What is wrong in a manifest: the field that says so, and words, built only when the finding is listed. */
export interface Finding {
  readonly manifest: Manifest;
  readonly path: NodePath;
  readonly part?: "key" | "value";
  /** The object concerned; default: the manifest's own. */
  readonly address?: Address;
  readonly describe: () => { readonly summary: string; readonly detail?: string };
}

/** Takes one finding. */
export type Report = (code: DiagnosticCode, finding: Finding) => void;

/** Collects findings as diagnostics: of each severity one more than a run lists at most, the rest is not built. */
export function createFindings(): { readonly report: Report; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const counts = { error: 0, warning: 0 };
  const report: Report = (code, { manifest, path, part, address, describe }) => {
    const { severity } = DIAGNOSTIC_CATALOGUE[code];
    counts[severity] += 1;
    if (counts[severity] > MAX_DIAGNOSTICS + 1) return;
    const place = { file: manifest.source.file, ...manifest.locate(path, part) };
    diagnostics.push(createDiagnostic(code, { ...describe(), ...place, address: address ?? addressOf(manifest) }));
  };
  return { report, diagnostics };
}

/** The address of a manifest's object; null where no name could be read. */
export function addressOf(manifest: Manifest): Address | null {
  return manifest.doubts === undefined ? formatAddress(manifest.kind, manifest.name) : manifest.address;
}

/** `cluster.east: clusters/east.yaml:1`, for a message that names a second object. */
export function formatOther(manifest: Manifest): string {
  return `${addressOf(manifest)}: ${formatSource(manifest)}`;
}

/** `FILE:LINE` of a manifest, for a message that names a second place. */
export function formatSource(manifest: Manifest): string {
  return `${manifest.source.file}:${manifest.source.line}`;
}
