import type { ManifestSource } from "../../model/objects/desired.ts";

/** `file:line`, as reasons name a manifest. */
export function formatSource({ file, line }: ManifestSource): string {
  return `${file}:${line}`;
}
