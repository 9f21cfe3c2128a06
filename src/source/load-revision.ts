import { createHash } from "node:crypto";
import { type LoadedDesired, type LoadInput, type LoadOutput, loadKnown } from "../manifest/load-desired.ts";
import { createParseCache, type ParseCache } from "../manifest/parse-cache.ts";
import { createDiagnostic } from "../model/create-diagnostic.ts";
import { NOTHING_DESIRED } from "../model/desired.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Source, SourceFiles } from "./source.ts";

/** Where files are parsed and resolved. Throws an OperationalError `too_costly` where that takes too much; the signal ends it (`ended_early`). */
export type Load = (input: LoadInput, signal: AbortSignal | undefined) => LoadOutput | Promise<LoadOutput>;

/** What one target remembers of the files that it looked at. */
export interface RevisionCache {
  readonly load: Load;
  readonly parsed: ParseCache;
  last: { readonly read: SourceFiles; readonly org: string; readonly loaded: LoadedDesired } | null;
  /** What was said of files that cost too much, by what they hold: the same ones would cost as much again. */
  readonly refused: Map<string, string>;
}

/** An empty cache. Each target has one of its own: it is by path. `load` default: here and at once. */
export function createRevisionCache(load: Load = loadKnown): RevisionCache {
  return { load, parsed: createParseCache(), last: null, refused: new Map() };
}

interface LoadTools {
  readonly org: string;
  readonly cache: RevisionCache;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/**
 * What a revision wants, as `loadDesired` has it of a folder. Files that did not change since the last revision are not parsed again,
 * and where none did, the answer is the same object.
 */
export async function loadRevision(source: Source, id: string, tools: LoadTools): Promise<LoadedDesired> {
  const { org, cache } = tools;
  const read = await source.read(id);
  if (cache.last?.read === read && cache.last.org === org) return cache.last.loaded;
  const loaded = await loadFiles(read, tools);
  cache.last = { read, org, loaded };
  return loaded;
}

/** The same for files that are no revision's. Where they cost too much, that is the diagnostic. */
export async function loadFiles(read: SourceFiles, { org, cache, signal }: LoadTools): Promise<LoadedDesired> {
  const refusal = cache.refused.size === 0 ? undefined : cache.refused.get(hashContent(read));
  if (refusal !== undefined) return refuse(refusal);
  const found = read.files.map((file) => [file.path, cache.parsed.find(file, org)] as const);
  const known = new Map(found.flatMap(([path, manifests]) => (manifests === undefined ? [] : [[path, manifests]])));
  try {
    const { loaded, parsed } = await cache.load({ read, org, known }, signal);
    for (const file of read.files) {
      const manifests = parsed.get(file.path);
      if (manifests !== undefined) cache.parsed.keep(file, org, manifests);
    }
    return loaded;
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "too_costly") throw error;
    cache.refused.set(hashContent(read), error.message);
    for (const oldest of [...cache.refused.keys()].slice(0, -MOST_REFUSED)) cache.refused.delete(oldest);
    return refuse(error.message);
  }
}

const MOST_REFUSED = 100;

function hashContent({ files }: SourceFiles): string {
  const hash = createHash("sha256");
  for (const { path, text } of files) hash.update(JSON.stringify([path, text]));
  return hash.digest("hex");
}

function refuse(summary: string): LoadedDesired {
  const diagnostics = [createDiagnostic("too-costly", { file: ".", summary })];
  return { desired: NOTHING_DESIRED, manifests: [], diagnostics };
}
