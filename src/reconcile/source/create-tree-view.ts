import type { FolderEntry, FolderView, FollowedLink } from "../../manifests/folder/folder-view.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { inTurns } from "../../model/in-turns.ts";

/** One line of `git ls-tree -r -l`. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  readonly size: number;
  /** Relative to the folder that is read, with `/`. */
  readonly path: string;
}

/** A tree of git as a folder. Submodules are not in it. */
export interface TreeView extends FolderView {
  /** The file at a real path. */
  find(realPath: string): TreeEntry | undefined;
}

/** Most links that are followed one after the other, as Linux has it. */
const MOST_LINKS = 40;
const LINK = "120000";
/** The paths that all links of a tree may lead over, in characters: 100,000 links over 100 each. A link of 4 kB can lead over 40 others. */
const LONGEST_WAY = 10_000_000;

/** Reads a line of `git ls-tree -r -l -z`; undefined for submodules. */
export function parseTreeEntry(line: string): TreeEntry | undefined {
  const [, mode, id, size, path] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t([\s\S]*)$/.exec(line) ?? [];
  if (mode === undefined || id === undefined || path === undefined) return undefined;
  return { mode, id, size: Number(size), path };
}

/** Whether an entry is a symbolic link. */
export function isLink({ mode }: TreeEntry): boolean {
  return mode === LINK;
}

/**
 * The folder that entries of the repository at `place` make up. `targets` has where links lead, by the id of their blob. `follow` throws
 * `source_too_large` where the links would take long to follow.
 */
export async function createTreeView(
  entries: readonly TreeEntry[],
  targets: ReadonlyMap<string, string>,
  place: string,
): Promise<TreeView> {
  const files = new Map<string, TreeEntry>();
  const folders = new Map<string, Map<string, FolderEntry>>([["", new Map()]]);
  for await (const entry of inTurns(entries)) {
    files.set(entry.path, entry);
    addEntry(folders, entry.path, isLink(entry) ? "link" : "file");
  }
  let way = 0;
  return {
    find: (realPath) => files.get(realPath),
    list: (realPath) => [...(folders.get(realPath)?.values() ?? [])],
    follow: (link) => {
      const found = resolveLink(link, (path) => {
        way += path.length;
        if (way > LONGEST_WAY) throw refuseLinks(place);
        return readPlace(path, files, folders, targets);
      });
      if (found.leads !== "inside") return found;
      return { ...found, isFolder: folders.has(found.realPath) };
    },
  };
}

/** The error of a repository whose links take too much memory or time. */
export function refuseLinks(place: string): OperationalError {
  return new OperationalError(
    "source_too_large",
    `${place} contains more symbolic links, or longer ones, than can be followed. Set \`path\` to one of its folders, or remove links.`,
    { next: "wait" },
  );
}

function addEntry(folders: Map<string, Map<string, FolderEntry>>, realPath: string, type: FolderEntry["type"]): void {
  const cut = realPath.lastIndexOf("/");
  const parent = cut < 0 ? "" : realPath.slice(0, cut);
  const known = folders.get(parent);
  const siblings = known ?? new Map<string, FolderEntry>();
  if (known === undefined) {
    folders.set(parent, siblings);
    addEntry(folders, parent, "folder");
  }
  const name = realPath.slice(cut + 1);
  siblings.set(name, { name, realPath, type });
}

/** What is at a path: where a link leads to, nothing, or something else. */
type Place = { readonly target: string } | "missing" | "file" | "folder";

function readPlace(
  path: string,
  files: ReadonlyMap<string, TreeEntry>,
  folders: ReadonlyMap<string, unknown>,
  targets: ReadonlyMap<string, string>,
): Place {
  if (folders.has(path)) return "folder";
  const file = files.get(path);
  if (file === undefined) return "missing";
  if (!isLink(file)) return "file";
  const target = targets.get(file.id);
  return target === undefined ? "missing" : { target };
}

/** Follows a link part by part, as the system does; what leaves the folder on the way is outside. */
function resolveLink(link: string, lookUp: (path: string) => Place): FollowedLink {
  const pending = link.split("/");
  const done: string[] = [];
  let links = 0;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (done.pop() === undefined) return { leads: "outside", isFolder: undefined };
      continue;
    }
    const place = lookUp([...done, part].join("/"));
    if (place === "missing") return { leads: "nowhere", why: "ENOENT" };
    if (place === "file" && pending.length > 0) return { leads: "nowhere", why: "ENOTDIR" };
    if (typeof place === "string") {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return { leads: "nowhere", why: "ELOOP" };
    if (place.target.startsWith("/")) return { leads: "outside", isFolder: undefined };
    pending.unshift(...place.target.split("/"));
  }
  return { leads: "inside", realPath: done.join("/"), isFolder: false };
}
