import { type FSWatcher, lstatSync, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createDiskView, type FolderEntry, type FolderView } from "../../manifests/folder/folder-view.ts";
import { READ_LIMITS } from "../../manifests/folder/read-folder.ts";
import { readErrorCode } from "../../manifests/folder/read-text.ts";
import { hasCode } from "../../model/errors/has-code.ts";
import { createTurns } from "../../model/in-turns.ts";

/** How much of a tree is watched at most; of a larger one, nothing is. */
export interface WatchLimits {
  /** The one at the top included. Each takes memory of the kernel, which limits how many a user has in all. */
  readonly folders: number;
  /** Files, folders and links that are looked at to find the folders. */
  readonly entries: number;
  /** Nested folders below the one at the top; deeper ones are not watched. */
  readonly depth: number;
}

const WATCH_LIMITS: WatchLimits = { folders: 10_000, entries: READ_LIMITS.entries, depth: READ_LIMITS.depth };

/** So many changes are looked at one by one before all else of the process has its turn. */
const MOST_CHANGES = 1000;
/** How long nothing is watched after more changes than that, in milliseconds. */
const REST_MS = 1000;

/** Who is called by a watched tree. */
export interface WatchTools {
  /** Called at each change, often more than once. */
  readonly changed: () => void;
  /** Called with the reason once nothing is watched any more, and with null once everything is watched again. */
  readonly report: (why: string | null) => void;
  readonly limits?: WatchLimits;
}

/** A tree of folders that is watched. */
export interface TreeWatch {
  /** Watches all folders that are not watched yet: the first time, and where the system has lost changes. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

/** A folder that is watched. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly watcher: FSWatcher;
  readonly below: Map<string, Place>;
  /** Names of folders below that are about to be watched. */
  readonly awaited: Set<string>;
  ended: boolean;
}

/** What one task may still look at. */
interface Look {
  readonly turn: () => Promise<void>;
  left: number;
}

/** Why nothing is watched. */
class UnwatchableError extends Error {}

/**
 * Prepares to watch a folder with all folders below it, new ones included; `refresh` begins. Links are not followed, and names with one
 * leading dot are left out. Only folders are watched, each by itself, so that what it costs is known. All else of the process has its turn in
 * the meantime: the system hands over changes without a pause as long as there are more, so that after very many of them the watch rests for
 * a second, and what changed by then is one change. Changes beside the folder count too: only its parent says that it was replaced.
 */
export function watchTree(root: string, { changed, report, limits = WATCH_LIMITS }: WatchTools): TreeWatch {
  const view = createDiskView(root);
  let top: Place | null = null;
  let parent: FSWatcher | null = null;
  let topIdentity: string | null = null;
  let [open, closed] = [0, false];
  let reported: string | null = null;
  let work: Promise<void> = Promise.resolve();
  let awaited: Promise<void> | null = null;
  let noticed = 0;
  let resting: NodeJS.Timeout | null = null;

  const start = (path: string, depth: number): Place => {
    if (open >= limits.folders) throw new UnwatchableError(`it has more than ${limits.folders} folders`);
    const watcher = watch(path, { persistent: false });
    const place: Place = { path, depth, watcher, below: new Map(), awaited: new Set(), ended: false };
    watcher.on("change", (event, name) => notice(place, event, name === null ? null : String(name)));
    watcher.on("error", () => {
      end(place);
      changed();
    });
    open += 1;
    return place;
  };
  const end = (place: Place): void => {
    if (place.ended) return;
    place.ended = true;
    open -= 1;
    place.watcher.close();
    for (const child of place.below.values()) end(child);
    place.below.clear();
  };
  const endBelow = (place: Place, name: string): void => {
    const child = place.below.get(name);
    if (child !== undefined) end(child);
    place.below.delete(name);
  };
  const stop = (): void => {
    if (top !== null) end(top);
    top = null;
  };
  const watchReplacement = (): void => {
    parent = watchParent(root, (isReplaced) => {
      if (!count() || !isReplaced) return;
      stop();
      changed();
      void refresh();
    });
  };
  const beginTurn = (): void => {
    noticed = 0;
  };
  const rest = (): void => {
    stop();
    parent?.close();
    changed();
    resting ??= setTimeout(() => {
      resting = null;
      watchReplacement();
      void refresh().then(changed);
    }, REST_MS).unref();
  };
  /** Whether there were few enough changes to look at this one. */
  const count = (): boolean => {
    if (noticed === 0) setImmediate(beginTurn);
    noticed += 1;
    if (noticed > MOST_CHANGES && resting === null) rest();
    return resting === null;
  };
  const notice = (place: Place, event: string, name: string | null): void => {
    if (place.ended || !count() || (name !== null && isHidden(name))) return;
    changed();
    if (event !== "rename" || name === null) return;
    // A folder that replaced another one under its name is another folder to watch.
    endBelow(place, name);
    if (place.depth >= limits.depth || place.awaited.has(name)) return;
    place.awaited.add(name);
    // What the disk refuses in a listener would end the process.
    void enqueue(async (look) => {
      place.awaited.delete(name);
      if (isFolder(join(place.path, name))) await add(place, name, look);
    });
  };
  const add = async (place: Place, name: string, look: Look): Promise<void> => {
    if (place.ended) return;
    // It is watched before it is listed, so that nothing is missed in between.
    const known = place.below.get(name);
    const child = known?.ended === false ? known : unlessGone(() => start(join(place.path, name), place.depth + 1));
    if (child === null) return;
    place.below.set(name, child);
    await grow(child, look);
  };
  const grow = async (place: Place, look: Look): Promise<void> => {
    // Empty folders take time too.
    await look.turn();
    if (place.ended) return;
    const names = new Set<string>();
    for (const { name, type } of listIfThere(view, place.path)) {
      look.left -= 1;
      if (look.left < 0) throw new UnwatchableError(`it has more than ${limits.entries} files and folders`);
      if (type === "folder" && !isHidden(name)) names.add(name);
      await look.turn();
      if (place.ended) return;
    }
    for (const name of place.below.keys()) if (!names.has(name)) endBelow(place, name);
    if (place.depth < limits.depth) for (const name of names) await add(place, name, look);
  };
  const enqueue = (task: (look: Look) => Promise<void>): Promise<void> => {
    const run = async (): Promise<void> => {
      try {
        if (!closed) await task({ turn: createTurns(), left: limits.entries });
      } catch (error) {
        stop();
        say(error instanceof UnwatchableError ? error.message : readErrorCode(error));
      }
    };
    work = work.then(run);
    return work;
  };
  const say = (why: string | null): void => {
    if (closed || why === reported) return;
    reported = why;
    report(why);
  };
  /** One that has not begun is joined. */
  const refresh = (): Promise<void> => {
    awaited ??= enqueue(async (look) => {
      awaited = null;
      if (resting !== null) return;
      const identity = identify(root);
      if (identity !== topIdentity || top?.ended === true) stop();
      topIdentity = identity;
      top ??= unlessGone(() => start(root, 0));
      if (top === null) return;
      await grow(top, look);
      say(null);
    });
    return awaited;
  };
  watchReplacement();
  return {
    refresh,
    close: () => {
      closed = true;
      parent?.close();
      if (resting !== null) clearTimeout(resting);
      stop();
    },
  };
}

/** Calls back at each change beside the folder, and says whether the folder itself was created, removed or replaced. Null: its parent can't be watched. */
function watchParent(root: string, changed: (isReplaced: boolean) => void): FSWatcher | null {
  try {
    const watcher = watch(dirname(root), { persistent: false }, (event, name) =>
      changed(event === "rename" && name === basename(root)),
    );
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

/** Null for what was removed in between, or may not be read: the next read of the folder reports it. */
function unlessGone<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (hasCode(error, "ENOSPC", "EMFILE", "ENFILE")) {
      throw new UnwatchableError(`the system allows no more watches (${readErrorCode(error)})`, { cause: error });
    }
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG")) return null;
    throw error;
  }
}

function* listIfThere(view: FolderView, path: string): Generator<FolderEntry> {
  try {
    yield* view.list(path);
  } catch (error) {
    unlessGone(() => {
      throw error;
    });
  }
}

/** Which folder it is now, where another one may take its name; null where there is none. */
function identify(path: string): string | null {
  return unlessGone(() => {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  });
}

function isFolder(path: string): boolean {
  return unlessGone(() => lstatSync(path).isDirectory()) === true;
}

/** Names with a dot hold no manifests. Those with two are how Kubernetes swaps what it mounts. */
function isHidden(name: string): boolean {
  return /^\.(?!\.)/.test(name);
}
