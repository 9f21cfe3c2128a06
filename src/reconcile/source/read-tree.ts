import { gatherFiles } from "../../manifests/folder/gather-files.ts";
import type { ReadLimits } from "../../manifests/folder/read-folder.ts";
import { decodeManifest, type ReadText, refuseLarge } from "../../manifests/folder/read-text.ts";
import { type WalkedEntry, walkFolder } from "../../manifests/folder/walk-folder.ts";
import { inTurns } from "../../model/in-turns.ts";
import { createTreeView, isLink, parseTreeEntry, refuseLinks, type TreeEntry } from "./create-tree-view.ts";
import { type ObjectReader, readListing, readObjects } from "./read-objects.ts";
import type { SourceFiles } from "./source.ts";
import { SOURCE_LIMITS } from "./source-limits.ts";

/** The answers for blobs that were read before, by their id. */
export type KnownTexts = ReadonlyMap<string, ReadText>;

/** What was read of a tree, and the answers for all of its blobs. */
export interface ReadTree {
  readonly read: SourceFiles;
  readonly texts: KnownTexts;
}

/** Longest path that a link may have, in bytes, as Linux has it. */
const LONGEST_TARGET = 4096;
/** Where all links of a tree lead may take so many bytes: git packs texts that are alike to almost nothing. */
const LARGEST_TARGETS = 16_000_000;

/**
 * The manifest files of a tree, by the rules of a folder on disk. Only manifest files are read, none of more than its limit, and none
 * that is known.
 */
export async function readTree(
  reader: ObjectReader,
  tree: string,
  known: KnownTexts,
  limits: ReadLimits = SOURCE_LIMITS,
): Promise<ReadTree> {
  const entries: TreeEntry[] = [];
  for await (const line of inTurns(await readListing(reader, ["ls-tree", "-r", "-z", "-l", "--full-tree", tree]))) {
    const entry = parseTreeEntry(line);
    if (entry !== undefined) entries.push(entry);
  }
  const view = await createTreeView(entries, await readTargets(reader, entries), reader.place);
  const walked: WalkedEntry[] = [];
  const found = new Map<string, TreeEntry>();
  for await (const entry of inTurns(walkFolder("", limits, view))) {
    if (entry.found !== "nothing") walked.push(entry);
    const file = entry.found === "file" ? view.find(entry.realPath) : undefined;
    if (entry.found === "file" && file !== undefined) found.set(entry.path, file);
  }
  const texts = await readTexts(reader, [...found.values()], known, limits);
  const { files, diagnostics } = await gatherFiles(
    walked,
    (_real, path) => answer(path, found.get(path), texts),
    limits,
  );
  const named = files.map((file) => ({ ...file, blob: found.get(file.path)?.id ?? "" }));
  return { read: { files: named, diagnostics }, texts };
}

async function readTargets(reader: ObjectReader, entries: readonly TreeEntry[]): Promise<ReadonlyMap<string, string>> {
  const links = entries.filter((entry) => isLink(entry) && entry.size <= LONGEST_TARGET);
  const sizes = new Map(links.map(({ id, size }) => [id, size]));
  if (sizes.values().reduce((sum, size) => sum + size, 0) > LARGEST_TARGETS) throw refuseLinks(reader.place);
  const objects = await readObjects(reader, [...sizes.keys()]);
  return new Map([...objects].map(([id, bytes]) => [id, bytes.toString("utf8")]));
}

/** Answers by blob. Reading ends with the limits of the folder: {@link gatherFiles} says so. */
async function readTexts(
  reader: ObjectReader,
  files: readonly TreeEntry[],
  known: KnownTexts,
  limits: ReadLimits,
): Promise<KnownTexts> {
  const texts = new Map<string, ReadText>();
  const missing: string[] = [];
  let total = 0;
  for (const { id, size, path } of files.slice(0, limits.files + 1)) {
    const text = known.get(id) ?? (size > limits.fileBytes ? refuseLarge(path, limits.fileBytes) : undefined);
    if (text !== undefined) texts.set(id, text);
    else missing.push(id);
    if (size <= limits.fileBytes) total += size;
    if (total > limits.totalBytes) break;
  }
  for (const [id, bytes] of await readObjects(reader, missing)) texts.set(id, decodeManifest(bytes, ""));
  return texts;
}

/** A blob may be there under several paths, and one that was not read stands behind the limits of the folder. */
function answer(path: string, file: TreeEntry | undefined, texts: KnownTexts): ReadText {
  const text = file === undefined ? undefined : texts.get(file.id);
  if (text === undefined) return { ok: true, text: "", bytes: Number.POSITIVE_INFINITY };
  return text.ok ? text : { ok: false, diagnostic: { ...text.diagnostic, file: path } };
}
