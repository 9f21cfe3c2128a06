import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import type { Manifest, Readable } from "../../model/objects/manifest.ts";
import type { WrittenLimits } from "../../model/objects/queue-limits.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import type { Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";

/** Accelerator selectors must name a device the control plane knows, each device once, in any spelling. */
export function checkLimits(index: FolderIndex, report: Report): void {
  for (const manifest of index.manifests) {
    if (manifest.kind === "cluster") checkAccelerators(manifest, manifest.body.queue, ["queue"], report);
    if (manifest.kind === "queue") checkAccelerators(manifest, manifest.body, [], report);
  }
}

function checkAccelerators(
  manifest: Manifest,
  limits: Readable<WrittenLimits> | null | undefined,
  parent: readonly string[],
  report: Report,
): void {
  if (!limits?.max_accelerators) return;
  const spellings = new Map<string, string>();
  for (const selector of Object.keys(limits.max_accelerators)) {
    const finding = { manifest, path: [...parent, "max_accelerators", selector], part: "key" } as const;
    const known = normaliseAcceleratorSelector(selector);
    if (known === undefined) {
      const describe = () => ({ summary: `Unknown accelerator ${quoteText(selector)}` });
      report("bad-accelerator", { ...finding, describe });
      continue;
    }
    const other = spellings.get(known);
    if (other === undefined) spellings.set(known, selector);
    else {
      const describe = () => ({
        summary: `max_accelerators: ${quoteText(selector)} and ${quoteText(other)} are the same accelerator`,
      });
      report("duplicate-entry", { ...finding, describe });
    }
  }
}
