import { normaliseAcceleratorSelector } from "../model/accelerator.ts";
import type { SettingsManifest } from "../model/manifest.ts";
import { DEFAULT_QUEUE_KEY, SETTING_KEYS, UNSET } from "../model/settings.ts";
import { createSuggestNearest, type SuggestNearest } from "../model/suggest-nearest.ts";
import type { Report } from "./collect-findings.ts";
import { type FolderIndex, hasCluster, mayBeDeclared } from "./folder-index.ts";
import { listSettings, type WrittenSetting } from "./list-settings.ts";

/** Settings: each key once, the default queue a queue of the folder, accelerators ones that there are. */
export function checkSettings(index: FolderIndex, report: Report): void {
  const suggest = createSuggestNearest();
  for (const manifest of index.manifests) {
    if (manifest.kind !== "settings") continue;
    const written = listSettings(manifest.body);
    for (const [position, setting] of written.entries()) {
      if (written[position - 1]?.key === setting.key) reportTwice(manifest, setting, report);
      else checkSetting(manifest, setting, { index, report, suggest });
    }
  }
}

interface Checking {
  readonly index: FolderIndex;
  readonly report: Report;
  readonly suggest: SuggestNearest;
}

function reportTwice(manifest: SettingsManifest, { key, path }: WrittenSetting<unknown>, report: Report): void {
  const describe = () => ({ summary: `${key} is written twice: here and under "settings"` });
  report("duplicate-entry", { manifest, path, part: "key", describe });
}

function checkSetting(
  manifest: SettingsManifest,
  { key, path, value }: WrittenSetting<unknown>,
  checking: Checking,
): void {
  if (typeof value !== "string" || value === UNSET) return;
  if (key === DEFAULT_QUEUE_KEY) checkQueue(manifest, path, value, checking);
  const isAccelerator = SETTING_KEYS.get(key)?.type === "accelerator";
  if (!isAccelerator || normaliseAcceleratorSelector(value) !== undefined) return;
  const describe = () => ({ summary: `No accelerator is called ${JSON.stringify(value)}` });
  checking.report("bad-accelerator", { manifest, path, describe });
}

/** A cluster stands for its co-named queue. */
function checkQueue(
  manifest: SettingsManifest,
  path: readonly string[],
  queue: string,
  { index, report, suggest }: Checking,
): void {
  if (queue === "default" || index.queues.has(queue) || hasCluster(index, queue)) return;
  if (mayBeDeclared(index, "queue", queue) || mayBeDeclared(index, "cluster", queue)) return;
  const describe = () => {
    const meant = suggest(queue, [...index.queues.keys(), ...index.clusters.keys(), ...index.members.keys()]);
    return {
      summary: `No queue "${queue}" in the folder${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
      detail:
        meant === undefined
          ? "Correct the name, or add a Queue manifest for it."
          : `Write "${meant}", or add a Queue manifest.`,
    };
  };
  report("unknown-reference", { manifest, path, describe });
}
