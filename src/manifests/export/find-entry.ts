import { type ManifestDraft, OPTIONAL_ENTRIES } from "./manifest-draft.ts";

/**
 * The entry that a line of a printed manifest (from 1) belongs to, where entries can be left out one by one: a setting, or a limit of
 * a cluster's queue. Null for any other line.
 */
export function findEntry({ kind, body }: ManifestDraft, text: string, line: number): string | null {
  const container = OPTIONAL_ENTRIES[kind];
  const entries = container === undefined ? undefined : body[container];
  if (container === undefined || typeof entries !== "object" || entries === null) return null;
  const lines = text.split("\n");
  const start = lines.indexOf(`${container}:`);
  const above = lines.slice(0, line).findLastIndex((one) => /^ {2}\S/.test(one) || /^\S/.test(one));
  if (start < 0 || above <= start) return null;
  return Object.keys(entries).find((key) => lines[above]?.startsWith(`  ${key}:`)) ?? null;
}
