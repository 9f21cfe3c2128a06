import { buildInTurns, type LoadedDesired } from "../manifest/load-desired.ts";
import { createParseCache, type ParseCache } from "../manifest/parse-cache.ts";
import type { Source, SourceFiles } from "./source.ts";

/** What one target remembers of the revision that it looked at last. */
export interface RevisionCache {
  readonly parsed: ParseCache;
  last: { readonly read: SourceFiles; readonly org: string; readonly loaded: LoadedDesired } | null;
}

/** An empty cache. Each target has one of its own: it is by path. */
export function createRevisionCache(): RevisionCache {
  return { parsed: createParseCache(), last: null };
}

/**
 * What a revision wants, as `loadDesired` has it of a folder. Files that did not change since the last revision are not parsed again,
 * and where none did, the answer is the same object.
 */
export async function loadRevision(
  source: Source,
  id: string,
  { org, cache }: { readonly org: string; readonly cache: RevisionCache },
): Promise<LoadedDesired> {
  const read = await source.read(id);
  if (cache.last?.read === read && cache.last.org === org) return cache.last.loaded;
  const loaded = await buildInTurns(read, { org, cache: cache.parsed });
  cache.last = { read, org, loaded };
  return loaded;
}
