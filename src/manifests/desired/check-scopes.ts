import type { NodePath } from "../../model/diagnostics/position.ts";
import { isRowManifest, type Manifest } from "../../model/objects/manifest.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import type { Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** A project's settings and a workflow's attributes hold in one domain, which must be named. */
export function checkScopes({ manifests }: FolderIndex, report: Report): void {
  for (const manifest of manifests) {
    const scope = readScope(manifest);
    if (scope === undefined || isGiven(scope.domain)) continue;
    const { narrower } = scope;
    if (!isGiven(narrower)) continue;
    if (isDoubtful(manifest, [...scope.path, "domain"])) continue;
    const describe = () => ({
      summary: `The scope names the ${scope.field} ${quoteText(narrower)} but no domain`,
      detail: `Add the domain of the ${scope.field}, or remove "${scope.field}".`,
    });
    report("scope-without-domain", { manifest, path: [...scope.path, scope.field], describe });
  }
}

interface Scope {
  readonly domain: string | null | undefined;
  readonly narrower: string | null | undefined;
  readonly field: string;
  readonly path: NodePath;
}

function readScope(manifest: Manifest): Scope | undefined {
  if (manifest.kind === "settings") {
    const { scope } = manifest.body;
    return { domain: scope?.domain, narrower: scope?.project, field: "project", path: ["scope"] };
  }
  if (!isRowManifest(manifest)) return undefined;
  const { domain, workflow } = manifest.body;
  return { domain, narrower: workflow, field: "workflow", path: [] };
}

function isGiven(part: string | null | undefined): part is string {
  return part !== undefined && part !== null && part !== "";
}
