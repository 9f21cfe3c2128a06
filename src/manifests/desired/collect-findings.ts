import { type Address, formatAddress } from "../../model/address.ts";
import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { DIAGNOSTIC_CATALOGUE, type DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import { MAX_DIAGNOSTICS } from "../../model/diagnostics/limit-diagnostics.ts";
import type { Locate, NodePath } from "../../model/diagnostics/position.ts";
import type { Manifest } from "../../model/objects/manifest.ts";
import { maskPath } from "../../model/secrets/mask-credentials.ts";
import { createLocators } from "../yaml/locate-document.ts";
import { describeUnseen, findOwnSensitive, type SensitiveBody } from "./find-own-sensitive.ts";

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

/** Findings that are collected, and what is listed of them. */
export interface Findings {
  readonly report: Report;
  /** In the order in which they were reported. */
  readonly listDiagnostics: () => readonly Diagnostic[];
}

/**
 * Collects findings: of each severity one more than a run lists at most, the rest is not built. Their places are found manifest by
 * manifest, file by file, so that no file is read again for each of its findings, in any order of the checks.
 */
export function createFindings(): Findings {
  const found: Described[] = [];
  const counts = { error: 0, warning: 0 };
  const report: Report = (code, finding) => {
    const { severity } = DIAGNOSTIC_CATALOGUE[code];
    counts[severity] += 1;
    if (counts[severity] <= MAX_DIAGNOSTICS + 1) found.push({ code, finding, texts: describe(code, finding) });
  };
  const listDiagnostics = () => {
    const createLocate = createLocators();
    const byFile = Map.groupBy(found, ({ finding: { manifest } }) => manifest.source.file);
    const placed = new Map<Described, Diagnostic>();
    for (const ofFile of byFile.values()) {
      for (const [{ written, source }, own] of Map.groupBy(ofFile, ({ finding: { manifest } }) => manifest)) {
        const locate = written === null ? () => ({ line: source.line, column: 1 }) : createLocate(written);
        for (const one of own) placed.set(one, place(one, locate));
      }
    }
    return found.flatMap((one) => placed.get(one) ?? []);
  };
  return { report, listDiagnostics };
}

interface Described {
  readonly code: DiagnosticCode;
  readonly finding: Finding;
  readonly texts: ReturnType<Finding["describe"]>;
}

/** A value that its manifest calls sensitive is in no words. */
function describe(code: DiagnosticCode, { manifest, path, part, describe: inFull }: Finding): Described["texts"] {
  const isSensitive = findOwnSensitive(manifest.kind, manifest.body as SensitiveBody);
  return isSensitive(path, part) ? describeUnseen(code, path, part) : inFull();
}

function place({ code, finding, texts }: Described, locate: Locate): Diagnostic {
  const { manifest, path, part, address } = finding;
  const where = { file: manifest.source.file, ...locate(path, part) };
  return createDiagnostic(code, { ...texts, ...where, address: address ?? addressOf(manifest) });
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
  return `${maskPath(manifest.source.file)}:${manifest.source.line}`;
}
