import { NAMED_KINDS } from "../../kinds/registry.ts";
import type { Manifest, NamedManifest } from "../../model/objects/manifest.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { createSuggestNearest, type SuggestNearest } from "../../model/text/suggest-nearest.ts";
import type { Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";
import { isManagedPath, listManagedPaths } from "./managed-paths.ts";

/** `ignore_changes` must name managed fields; settings that do nothing for a kind are warned of. */
export function checkLifecycles(index: FolderIndex, report: Report): void {
  const suggest = createSuggestNearest();
  for (const manifest of index.manifests) {
    if (!isNamed(manifest) || manifest.body.lifecycle === undefined) continue;
    checkIgnored(manifest, suggest, report);
    checkEffect(manifest, report);
  }
}

/** The lifecycle of the other kinds offers nothing that could be wrong beyond its schema. */
function isNamed(manifest: Manifest): manifest is NamedManifest {
  return NAMED_KINDS.some((kind) => kind === manifest.kind);
}

function checkIgnored(manifest: NamedManifest, suggest: SuggestNearest, report: Report): void {
  for (const [position, path] of (manifest.body.lifecycle?.ignore_changes ?? []).entries()) {
    if (path === undefined || isManagedPath(manifest.kind, path)) continue;
    const describe = () => {
      const known = listManagedPaths(manifest.kind);
      const meant = suggest(path, known);
      return {
        summary: `ignore_changes: ${quoteText(path)} is not a managed field${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
        detail: `Write one of: ${known.join(", ")}.`,
      };
    };
    report("bad-ignore-path", { manifest, path: ["lifecycle", "ignore_changes", position], describe });
  }
}

function checkEffect(manifest: NamedManifest, report: Report): void {
  const { lifecycle } = manifest.body;
  const idle: string[] = [];
  if (lifecycle?.await !== undefined && manifest.kind !== "cluster") idle.push("await");
  if (lifecycle?.drain_timeout !== undefined && manifest.kind === "cluster_pool") idle.push("drain_timeout");
  for (const field of idle) {
    const describe = () => ({ summary: `lifecycle.${field} has no effect here` });
    report("no-effect", { manifest, path: ["lifecycle", field], part: "key", describe });
  }
}
