import { closeSync, constants, opendirSync, openSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { locateOpened, nameOpened } from "../../systems/files/locate-opened.ts";
import { readErrorCode } from "./read-text.ts";

/** What a folder holds under one name. Pipes, sockets and devices count as files. */
export interface FolderEntry {
  readonly name: string;
  /** Where it is in truth: the name that {@link FolderView} knows it by. */
  readonly realPath: string;
  readonly type: "file" | "folder" | "link";
}

/** Where a link leads in the end, over other links too. */
export type FollowedLink =
  | { readonly leads: "inside"; readonly realPath: string; readonly isFolder: boolean }
  /** Out of the folder that is read; `isFolder` is undefined where that can't be looked up. */
  | { readonly leads: "outside"; readonly isFolder: boolean | undefined }
  /** `why` is the system's short code: ENOENT, ELOOP. */
  | { readonly leads: "nowhere"; readonly why: string };

/** A folder as it is walked: on disk, or a tree of git. */
export interface FolderView {
  /** What a folder holds, in any order, as it is asked for. Throws what the system throws. */
  list(realPath: string): Iterable<FolderEntry>;
  follow(realPath: string): FollowedLink;
}

/** A few entries at a time, and no list of all: a folder may hold millions. Larger buffers stay in memory for a while, one for each folder. */
function* listFolder(realPath: string): Generator<FolderEntry> {
  const folder = openFolder(realPath);
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      const type = entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "folder" : "file";
      yield { name: entry.name, realPath: join(realPath, entry.name), type };
    }
  } finally {
    folder.closeSync();
  }
}

/** What is at the real path now: a link that was put in the way since that path was found is not followed. */
function openFolder(realPath: string) {
  const opened = openSync(realPath, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const isThere = (locateOpened(opened) ?? realPath) === realPath;
    if (!isThere) throw Object.assign(new Error(`${realPath} was replaced by a link`), { code: "ELOOP" });
    return opendirSync(nameOpened(opened, realPath));
  } finally {
    closeSync(opened);
  }
}

/** The folder of the disk at `root`, which must be its real path. */
export function createDiskView(root: string): FolderView {
  return {
    list: listFolder,
    follow: (link) => {
      try {
        const realPath = realpathSync(link);
        const isFolder = statSync(realPath).isDirectory();
        const isInside = realPath === root || realPath.startsWith(root + sep);
        return isInside ? { leads: "inside", realPath, isFolder } : { leads: "outside", isFolder };
      } catch (error) {
        return { leads: "nowhere", why: readErrorCode(error) };
      }
    },
  };
}
