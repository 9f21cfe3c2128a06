import { resolveDesired } from "../../src/manifests/desired/resolve-desired.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { Diagnostic } from "../../src/model/diagnostics/diagnostic.ts";
import type { Desired } from "../../src/model/objects/desired.ts";

/** Parses and resolves files given as path to text. */
export function readDocuments(files: Readonly<Record<string, string>>): {
  desired: Desired;
  diagnostics: readonly Diagnostic[];
} {
  const parsed = parseManifests(Object.entries(files).map(([path, text]) => ({ path, text })));
  const { desired, diagnostics } = resolveDesired(parsed.manifests, parsed.claims);
  return { desired: dropReferences(desired), diagnostics: [...parsed.diagnostics, ...diagnostics] };
}
