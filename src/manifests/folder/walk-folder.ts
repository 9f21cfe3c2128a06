import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { maskPath } from "../../model/secrets/mask-credentials.ts";
import { copyText } from "../../model/text/copy-text.ts";
import { createDiskView, type FolderEntry, type FolderView } from "./folder-view.ts";
import { readErrorCode } from "./read-text.ts";

/**
 * A manifest file that was found, something on the way that is a mistake, or a folder or link that is neither: a walk that finds nothing
 * can be interrupted too. `path` is relative, with `/`.
 */
export type WalkedEntry =
  | { readonly found: "nothing" }
  | { readonly found: "file"; readonly path: string; readonly realPath: string }
  | { readonly found: "mistake"; readonly diagnostic: Diagnostic };

/** Most characters of a path: it stands in each diagnostic, record and page about its file. Git takes any length. */
const LONGEST_PATH = 1024;
/** So many of a longer one are shown. */
const SHOWN_PATH = 200;

/** As `ReadLimits` has them. */
export interface WalkLimits {
  readonly depth: number;
  readonly entries: number;
}

interface Place {
  readonly path: string;
  readonly realPath: string;
  readonly depth: number;
}

interface Walk {
  readonly root: string;
  readonly view: FolderView;
  readonly limits: WalkLimits;
  /** Entries that may still be looked at; below zero, the walk is over. */
  left: number;
  /** Real paths of folders and of files: what is in here is not read again, so links cannot go round in circles. */
  readonly seen: Set<string>;
  readonly links: Place[];
}

/**
 * Walks a folder (its real path), on disk unless another view is given. Links wait until everything real was seen: a link to something that is read anyhow gives
 * nothing more, a link to something else inside the folder is followed, a link out of it, or to what is left out for its dot, is a mistake.
 * Past the number of entries, the walk ends with a mistake.
 */
export function* walkFolder(
  root: string,
  limits: WalkLimits,
  view: FolderView = createDiskView(root),
): Generator<WalkedEntry> {
  const walk: Walk = { root, view, limits, left: limits.entries, seen: new Set([root]), links: [] };
  yield* walkDirectory({ path: "", realPath: root, depth: 0 }, walk);
  // Those that are found on the way come last. Taking them off the front would move all others each time.
  for (const link of walk.links) {
    if (walk.left < 0) return;
    yield { found: "nothing" };
    yield* followLink(link, walk);
  }
}

function* walkDirectory(directory: Place, walk: Walk): Generator<WalkedEntry> {
  yield { found: "nothing" };
  const shown = directory.path === "" ? "." : directory.path;
  // Only what matters is kept, and each entry is a step of its own: a folder may hold any number of other files.
  const entries: FolderEntry[] = [];
  try {
    for (const entry of walk.view.list(directory.realPath)) {
      yield { found: "nothing" };
      walk.left -= 1;
      if (walk.left < 0) {
        yield tooMany(shown, walk.limits.entries);
        return;
      }
      if (!entry.name.startsWith(".") && (entry.type !== "file" || isManifestName(entry.name))) entries.push(entry);
    }
  } catch (error) {
    yield unreadable(shown, `The folder cannot be read (${readErrorCode(error)})`);
    return;
  }
  for (const { name, realPath, type } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (walk.left < 0) return;
    const path = directory.path === "" ? name : `${directory.path}/${name}`;
    const place = { path, realPath, depth: directory.depth + 1 };
    if (path.length > LONGEST_PATH) {
      yield tooLong(path);
    } else if (type === "link") walk.links.push(place);
    else yield* visit(place, type === "folder", walk);
  }
}

function* visit(place: Place, isDirectory: boolean, walk: Walk): Generator<WalkedEntry> {
  if (!isDirectory && !isManifestName(place.path)) return;
  if (walk.seen.has(place.realPath)) return;
  walk.seen.add(place.realPath);
  if (!isDirectory) yield { found: "file", path: place.path, realPath: place.realPath };
  else if (place.depth <= walk.limits.depth) yield* walkDirectory(place, walk);
  else {
    const summary = `More than ${walk.limits.depth} nested folders: this one is not read`;
    yield { found: "mistake", diagnostic: createDiagnostic("folder-too-large", { file: place.path, summary }) };
  }
}

function* followLink(link: Place, walk: Walk): Generator<WalkedEntry> {
  const followed = walk.view.follow(link.realPath);
  switch (followed.leads) {
    case "nowhere":
      if (mayLeadToManifests(link.path)) yield unreadable(link.path, `The link cannot be followed (${followed.why})`);
      return;
    case "outside": {
      if (followed.isFolder === false && !isManifestName(link.path)) return;
      if (followed.isFolder === undefined && !mayLeadToManifests(link.path)) return;
      const summary = "The link leads out of the folder";
      yield { found: "mistake", diagnostic: createDiagnostic("link-outside", { file: link.path, summary }) };
      return;
    }
    case "inside":
      if (isHidden(followed.realPath.slice(walk.root.length))) {
        if (!followed.isFolder && !isManifestName(link.path)) return;
        const summary = "The link leads to a dot file or into a dot folder";
        yield { found: "mistake", diagnostic: createDiagnostic("link-hidden", { file: link.path, summary }) };
        return;
      }
      yield* visit({ ...link, realPath: followed.realPath }, followed.isFolder, walk);
  }
}

/** Whether a path below the folder is left out. Two dots are how Kubernetes lays out a mounted volume (`..data`). */
function isHidden(path: string): boolean {
  return path.split(/[/\\]/).some((part) => part.startsWith(".") && !part.startsWith(".."));
}

/** What a link that leads nowhere would have led to: a manifest by its name, or without an extension a folder of them. */
function mayLeadToManifests(path: string): boolean {
  return isManifestName(path) || !path.slice(path.lastIndexOf("/") + 1).includes(".");
}

function isManifestName(path: string): boolean {
  return path.endsWith(".yaml") || path.endsWith(".yml");
}

function tooMany(folder: string, most: number): WalkedEntry {
  const summary = `More than ${most} files and folders: reading stopped here`;
  return { found: "mistake", diagnostic: createDiagnostic("folder-too-large", { file: folder, summary }) };
}

function tooLong(path: string): WalkedEntry {
  const summary = `The path is longer than ${LONGEST_PATH} characters`;
  const detail = "Shorten the name of the file, or of its folders.";
  return {
    found: "mistake",
    diagnostic: createDiagnostic("file-unreadable", {
      file: copyText(`${maskPath(path).slice(0, SHOWN_PATH)}...`),
      summary,
      detail,
    }),
  };
}

function unreadable(file: string, summary: string): WalkedEntry {
  return { found: "mistake", diagnostic: createDiagnostic("file-unreadable", { file, summary }) };
}
