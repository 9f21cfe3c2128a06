import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ReadFolder, readFolder } from "../../manifests/folder/read-folder.ts";
import type { FolderConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { inTurns } from "../../model/in-turns.ts";
import type { Revision, Source, SourceFiles } from "./source.ts";
import { SOURCE_LIMITS } from "./source-limits.ts";
import { type TreeWatch, type WatchLimits, watchTree } from "./watch-tree.ts";

interface Snapshot {
  readonly revision: Revision;
  readonly read: SourceFiles;
}

/** How many states of the folder are kept: the newest, and those that a running pass may still ask for. */
const KEPT = 3;

/** What a folder is opened with. */
export interface FolderTools {
  /** Ends its watching; left out, only `close` does. */
  readonly signal?: AbortSignal;
  /** Resolves after so many milliseconds or once the signal is aborted, and never rejects. Default: the machine's clock. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Called when the folder is no longer watched, so that changes are found by polls, and when it is watched again. */
  readonly report?: (watched: boolean, message: string) => void;
  /** Default: those of {@link watchTree}. */
  readonly watchLimits?: WatchLimits;
}

/**
 * A folder of this machine as a source. A fetch reads it as a whole; its revision is a hash of what was read, errors included, and the last
 * few revisions can be read again. A folder has no history: any content is newer than the one before (`forward`).
 */
export async function openFolder(
  { path, debounce_ms }: FolderConfig,
  { signal, sleep = pause, report = () => {}, watchLimits }: FolderTools = {},
): Promise<Source> {
  const closing = new AbortController();
  const snapshots = new Map<string, Snapshot>();
  const watches = new Set<TreeWatch>();
  const find = (id: string): Snapshot => {
    const found = snapshots.get(id);
    if (found === undefined) throw missing(path, id);
    return found;
  };
  return {
    place: path,
    fetch: async () => {
      const snapshot = await takeSnapshot(path, await readOrExplain(path));
      // Unchanged content stays the same object, so that it is not parsed again.
      const kept = snapshots.get(snapshot.revision.id) ?? snapshot;
      snapshots.delete(kept.revision.id);
      snapshots.set(kept.revision.id, kept);
      for (const id of [...snapshots.keys()].slice(0, -KEPT)) snapshots.delete(id);
      for (const watching of watches) void watching.refresh();
      return kept.revision;
    },
    describe: async (id) => find(id).revision,
    read: async (id) => find(id).read,
    compare: async (from, to) => (find(to).revision.id === from ? "same" : "forward"),
    verify: async () => ({ ok: true, signers: [], verified: null }),
    proposals: null,
    watch: (changed, until) => {
      const ended = AbortSignal.any([until, closing.signal, ...(signal === undefined ? [] : [signal])]);
      if (ended.aborted) return;
      const watching = watchTree(path, {
        changed: gather(changed, debounce_ms, sleep, ended),
        report: (why) => report(why === null, describeWatch(path, why)),
        ...(watchLimits !== undefined && { limits: watchLimits }),
      });
      watches.add(watching);
      ended.addEventListener("abort", () => {
        watches.delete(watching);
        watching.close();
      });
      void watching.refresh();
    },
    close: async () => closing.abort(),
  };
}

async function readOrExplain(path: string): Promise<ReadFolder> {
  try {
    return await readFolder(path, SOURCE_LIMITS);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    throw new OperationalError("source_unreachable", `${error.message}. The last applied revision stays in effect.`, {
      next: "wait",
      cause: error,
    });
  }
}

/** All else of the process has its turn in the meantime. */
async function takeSnapshot(path: string, { files, diagnostics }: ReadFolder): Promise<Snapshot> {
  const named: SourceFiles["files"][number][] = [];
  const content = createHash("sha256").update("[[");
  let newest = 0;
  for await (const file of inTurns(files)) {
    const blob = createHash("sha256").update(file.text).digest("hex");
    content.update(`${named.length === 0 ? "" : ","}${JSON.stringify([file.path, blob])}`);
    newest = Math.max(newest, readTime(join(path, file.path)));
    named.push({ ...file, blob });
  }
  const id = content.update(`],${JSON.stringify(diagnostics)}]`).digest("hex");
  const revision = { id, subject: "", author: "", at: new Date(newest).toISOString() };
  return { revision, read: { files: named, diagnostics } };
}

/** Who writes a file sets its time, which may be later than any date. */
const LATEST = Date.UTC(9999, 0);

/** When a file was changed, in milliseconds; 0 for one that is gone by now. */
function readTime(path: string): number {
  return Math.min(LATEST, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/** Calls back once so many milliseconds have passed without another change. */
function gather(
  changed: () => void,
  quietMs: number,
  sleep: NonNullable<FolderTools["sleep"]>,
  until: AbortSignal,
): () => void {
  let waiting = new AbortController();
  // Once: what each change adds to a signal that outlives it stays in memory.
  until.addEventListener("abort", () => waiting.abort());
  return () => {
    waiting.abort();
    if (until.aborted) return;
    waiting = new AbortController();
    const { signal } = waiting;
    void sleep(quietMs, signal).then(() => {
      if (!signal.aborted) changed();
    });
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function describeWatch(path: string, why: string | null): string {
  if (why === null) return `The folder ${path} is watched again.`;
  return `The folder ${path} is not watched, since ${why}. Its changes are found when it is polled.`;
}

function missing(path: string, id: string): OperationalError {
  return new OperationalError(
    "revision_missing",
    `The folder ${path} was not in the state ${JSON.stringify(id.slice(0, 64))} recently: a folder keeps no history. Reconcile its newest state.`,
    { next: "stop" },
  );
}
