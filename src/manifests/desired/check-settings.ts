import { normaliseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import type { SettingsManifest } from "../../model/objects/manifest.ts";
import { readReference } from "../../model/objects/read-reference.ts";
import { DEFAULT_QUEUE_KEY, SETTING_KEYS, UNSET } from "../../model/objects/settings.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { createSuggestNearest, type SuggestNearest } from "../../model/text/suggest-nearest.ts";
import type { Report } from "./collect-findings.ts";
import { type FolderIndex, hasCluster, listClusterNames, mayBeDeclared } from "./folder-index.ts";
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
  const describe = () => ({ summary: `${key} is set twice: here and under "settings"` });
  report("duplicate-entry", { manifest, path, part: "key", describe });
}

function checkSetting(
  manifest: SettingsManifest,
  { key, path, value }: WrittenSetting<unknown>,
  checking: Checking,
): void {
  checkReferences(manifest, [key, path, value], checking.report);
  if (typeof value !== "string" || value === UNSET) return;
  if (key === DEFAULT_QUEUE_KEY) checkQueue(manifest, path, value, checking);
  const isAccelerator = SETTING_KEYS.get(key)?.type === "accelerator";
  if (!isAccelerator || normaliseAcceleratorSelector(value) !== undefined) return;
  const describe = () => ({ summary: `Unknown accelerator ${quoteText(value)}` });
  checking.report("bad-accelerator", { manifest, path, describe });
}

/** Files are referred to by the one path that leads to them without a detour: what the operator allows is compared with it. */
function checkReferences(
  manifest: SettingsManifest,
  [key, path, value]: readonly [string, readonly string[], unknown],
  report: Report,
): void {
  const entries: readonly (readonly [readonly string[], unknown])[] = [
    [[], value],
    ...(typeof value === "object" ? Object.entries(value ?? {}).map(([name, entry]) => [[name], entry] as const) : []),
  ];
  for (const [entry, written] of entries) {
    const reference = readReference([key, ...entry], written);
    if (reference === null || reference.from === "env" || isPlainPath(reference.name)) continue;
    const describe = () => ({
      summary: `Field "${[...path, ...entry].join(".")}" refers to a file by a path that is not absolute and normalized`,
    });
    report("bad-reference", { manifest, path: [...path, ...entry, "file"], describe });
  }
}

function isPlainPath(path: string): boolean {
  const [root, ...parts] = path.split("/");
  return root === "" && parts.every((part) => part !== "" && part !== "." && part !== "..");
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
    const meant = suggest(queue, listQueueNames(index));
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

function* listQueueNames(index: FolderIndex): Generator<string> {
  yield* index.queues.keys();
  yield* listClusterNames(index);
}
