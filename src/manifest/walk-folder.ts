import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { createDiagnostic } from "../model/create-diagnostic.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { readErrorCode } from "./read-text.ts";

/** A manifest file that was found, or something on the way that is a mistake. `path` is relative, with `/`. */
export type WalkedEntry =
  | { readonly found: "file"; readonly path: string; readonly realPath: string }
  | { readonly found: "mistake"; readonly diagnostic: Diagnostic };

interface Place {
  readonly path: string;
  readonly realPath: string;
  readonly depth: number;
}

interface Walk {
  readonly root: string;
  readonly maxDepth: number;
  /** Real paths of folders and of files: what is in here is not read again, so links cannot go round in circles. */
  readonly seen: Set<string>;
  readonly links: Place[];
}

/**
 * Walks a folder (its real path). Links wait until everything real was seen: a link to something that is read anyhow gives
 * nothing more, a link to something else inside the folder is followed, a link out of it is a mistake.
 */
export function* walkFolder(root: string, maxDepth: number): Generator<WalkedEntry> {
  const walk: Walk = { root, maxDepth, seen: new Set([root]), links: [] };
  yield* walkDirectory({ path: "", realPath: root, depth: 0 }, walk);
  for (let link = walk.links.shift(); link !== undefined; link = walk.links.shift()) yield* followLink(link, walk);
}

function* walkDirectory(directory: Place, walk: Walk): Generator<WalkedEntry> {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory.realPath, { withFileTypes: true });
  } catch (error) {
    yield unreadable(
      directory.path === "" ? "." : directory.path,
      `The folder cannot be read (${readErrorCode(error)})`,
    );
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = directory.path === "" ? entry.name : `${directory.path}/${entry.name}`;
    const place = { path, realPath: join(directory.realPath, entry.name), depth: directory.depth + 1 };
    if (entry.isSymbolicLink()) walk.links.push(place);
    else yield* visit(place, entry.isDirectory(), walk);
  }
}

function* visit(place: Place, isDirectory: boolean, walk: Walk): Generator<WalkedEntry> {
  if (!isDirectory && !isManifestName(place.path)) return;
  if (walk.seen.has(place.realPath)) return;
  walk.seen.add(place.realPath);
  if (!isDirectory) yield { found: "file", path: place.path, realPath: place.realPath };
  else if (place.depth <= walk.maxDepth) yield* walkDirectory(place, walk);
  else {
    const summary = `More than ${walk.maxDepth} nested folders: this one is not read`;
    yield { found: "mistake", diagnostic: createDiagnostic("folder-too-large", { file: place.path, summary }) };
  }
}

function* followLink(link: Place, walk: Walk): Generator<WalkedEntry> {
  let realPath: string;
  let isDirectory: boolean;
  try {
    realPath = realpathSync(link.realPath);
    isDirectory = statSync(realPath).isDirectory();
  } catch (error) {
    if (mayLeadToManifests(link.path))
      yield unreadable(link.path, `The link cannot be followed (${readErrorCode(error)})`);
    return;
  }
  if (realPath !== walk.root && !realPath.startsWith(walk.root + sep)) {
    if (!isDirectory && !isManifestName(link.path)) return;
    const summary = "The link leads out of the folder";
    yield { found: "mistake", diagnostic: createDiagnostic("link-outside", { file: link.path, summary }) };
    return;
  }
  yield* visit({ ...link, realPath }, isDirectory, walk);
}

/** What a link that leads nowhere would have led to: a manifest by its name, or without an extension a folder of them. */
function mayLeadToManifests(path: string): boolean {
  return isManifestName(path) || !/\.[^/]*$/.test(path);
}

function isManifestName(path: string): boolean {
  return path.endsWith(".yaml") || path.endsWith(".yml");
}

function unreadable(file: string, summary: string): WalkedEntry {
  return { found: "mistake", diagnostic: createDiagnostic("file-unreadable", { file, summary }) };
}
