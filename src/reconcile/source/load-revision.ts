import { type LoadedDesired, type LoadInput, type LoadOutput, loadKnown } from "../../manifests/load-desired.ts";
import { createParseCache, type ParseCache } from "../../manifests/parse-cache.ts";
import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { inTurns } from "../../model/in-turns.ts";
import { NOTHING_DESIRED } from "../../model/objects/desired.ts";
import type { Source, SourceFiles } from "./source.ts";

/** Where files are parsed and resolved. Throws an OperationalError `too_costly` where that takes too much; the signal ends it (`ended_early`). */
export type Load = (input: LoadInput, signal: AbortSignal | undefined) => LoadOutput | Promise<LoadOutput>;

/** What one target remembers of the files that it looked at. */
export interface RevisionCache {
  /** The target's name. */
  readonly target: string | null;
  readonly load: Load;
  readonly parsed: ParseCache;
  last: { readonly read: SourceFiles; readonly org: string; readonly loaded: LoadedDesired } | null;
}

/**
 * An empty cache. Each target has its own: it is by path. `load` default: in this process, immediately. `target`: its name, null where there
 * is none.
 */
export function createRevisionCache(load: Load = loadKnown, target: string | null = null): RevisionCache {
  return { target, load, parsed: createParseCache(), last: null };
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
  // What cost too much is tried again.
  cache.last = isRefused(loaded) ? null : { read, org, loaded };
  return loaded;
}

/** The same for files that are no revision's. Where they cost too much, that is the diagnostic. */
export async function loadFiles(read: SourceFiles, { org, cache, signal }: LoadTools): Promise<LoadedDesired> {
  const found = read.files.map((file) => [file.path, cache.parsed.find(file, org)] as const);
  const known = new Map(found.flatMap(([path, manifests]) => (manifests === undefined ? [] : [[path, manifests]])));
  try {
    const { loaded, parsed } = await cache.load({ read, org, target: cache.target, known }, signal);
    for await (const file of inTurns(read.files)) {
      const manifests = parsed.get(file.path);
      if (manifests !== undefined) cache.parsed.keep(file, org, manifests);
    }
    return loaded;
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "too_costly") throw error;
    return refuse(error.message);
  }
}

function isRefused({ diagnostics }: LoadedDesired): boolean {
  return diagnostics.some(({ code }) => code === "too-costly");
}

function refuse(summary: string): LoadedDesired {
  const diagnostics = [createDiagnostic("too-costly", { file: ".", summary })];
  return { desired: NOTHING_DESIRED, manifests: [], diagnostics };
}
