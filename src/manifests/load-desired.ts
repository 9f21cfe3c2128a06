import { createDiagnostic } from "../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostics/diagnostic.ts";
import { limitDiagnostics } from "../model/diagnostics/limit-diagnostics.ts";
import type { Declared } from "../model/objects/desired.ts";
import type { Manifest } from "../model/objects/manifest.ts";
import { checkTargetFile, type ReadFor, splitTargetFiles } from "./check-target-file.ts";
import { resolveDesired } from "./desired/resolve-desired.ts";
import { READ_LIMITS, type ReadFolder, type ReadLimits, readFolder } from "./folder/read-folder.ts";
import { guessUnreadClaims } from "./guess-claims.ts";
import { UNKNOWN_ORG } from "./name-object.ts";
import type { ParseCache } from "./parse-cache.ts";
import { checkDocuments, type KeptDocument, type ParsedManifests, parseManifests } from "./parse-manifests.ts";

/** What a folder wants, and everything that is wrong with it, sorted by place and limited in number. */
export interface LoadedDesired {
  /** To be used only when {@link hasErrors} says no. */
  readonly desired: Declared;
  /** What that was resolved from, in the order of the files; to be used only then too. */
  readonly manifests: readonly Manifest[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Options of loading. */
export interface LoadOptions {
  /** The organization that settings are of: part of their names. Default: the word `ORG`, where it is not known. */
  readonly org?: string;
  readonly limits?: ReadLimits;
}

/** Reads, parses and resolves a folder of manifests. Needs no network. Throws an OperationalError when `dir` cannot be read. */
export async function loadDesired(
  dir: string,
  { org = UNKNOWN_ORG, limits = READ_LIMITS }: LoadOptions = {},
): Promise<LoadedDesired> {
  return buildLoaded(await readFolder(dir, limits), { org });
}

/** What is known besides the files themselves. */
export interface BuildOptions extends ReadFor {
  readonly cache?: ParseCache;
}

/** What the files that were read want, and everything that is wrong with them. Pure, except for the cache. */
export function buildLoaded(read: ReadFolder, options: BuildOptions): LoadedDesired {
  const { targetFiles, manifests } = splitTargetFiles(read.files);
  const misplaced = targetFiles.flatMap((file) => checkTargetFile(file, options));
  return resolveParsed(parseManifests(manifests, options), read.diagnostics, misplaced);
}

/** What is known of the files of a revision, as plain data. */
export interface LoadInput extends ReadFor {
  readonly read: ReadFolder;
  /** By path: manifests of files that were parsed before. */
  readonly known: ReadonlyMap<string, readonly Manifest[]>;
}

/** What the files want, and by path the manifests of those that were parsed now and in which nothing is wrong. */
export interface LoadOutput {
  readonly loaded: LoadedDesired;
  readonly parsed: ReadonlyMap<string, readonly Manifest[]>;
}

/** {@link buildLoaded} from plain data to plain data. Pure. */
export function loadKnown({ read, org, target = null, known }: LoadInput): LoadOutput {
  const parsed = new Map<string, readonly Manifest[]>();
  const cache: ParseCache = {
    find: ({ path }) => known.get(path),
    keep: ({ path }, _org, manifests) => {
      parsed.set(path, manifests);
    },
  };
  return { loaded: buildLoaded(read, { org, target, cache }), parsed };
}

/** The same for documents that were parsed before, as a saved plan keeps them: they are checked as those of a folder are. Pure. */
export function buildKept(documents: readonly KeptDocument[], options: { readonly org: string }): LoadedDesired {
  return resolveParsed(checkDocuments(documents, options), [], []);
}

function resolveParsed(
  { manifests, claims, diagnostics }: ParsedManifests,
  unread: readonly Diagnostic[],
  misplaced: readonly Diagnostic[],
) {
  const resolved = resolveDesired(manifests, [...claims, ...unread.flatMap(guessUnreadClaims)]);
  const found = [...unread, ...misplaced, ...diagnostics, ...resolved.diagnostics];
  if (found.length === 0 && manifests.length === 0) {
    found.push(createDiagnostic("no-manifests", { file: ".", summary: "The folder contains no manifest" }));
  }
  return { desired: resolved.desired, manifests, diagnostics: limitDiagnostics(found) };
}

/** Whether any of the diagnostics is an error: then nothing may be planned. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
