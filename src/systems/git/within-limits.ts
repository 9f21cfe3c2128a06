import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";

/** How often the size of what arrives is looked at, in milliseconds. */
const LOOK_MS = 250;

/** What git that writes packs leaves free of the disk, in bytes, and of a small disk as a share: others write there too, the store above all. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_SHARE = 0.05;

/** What git that writes packs may take. */
export interface FetchLimits {
  /** Bytes that the repository may have, with what arrives. Infinity: nothing is measured, nor the disk. */
  readonly maxBytes: number;
  /** Milliseconds in all. Default: as long as git is not silent. */
  readonly timeoutMs?: number;
  /** Ends it, too. */
  readonly signal?: AbortSignal | undefined;
  /** The error of one that passes a limit. */
  readonly explain: (limit: "size" | "time" | "room") => Error;
}

/**
 * Runs what writes packs into the repository at `folder`, such as a fetch, and ends with its signal. Ends it where it takes too long, or where the
 * repository grows past its limit on the way or takes the last of the disk, and throws why.
 */
export async function withinLimits(
  folder: string,
  { maxBytes, timeoutMs, signal, explain }: FetchLimits,
  write: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  let reason: unknown;
  const stop = (why: unknown) => {
    reason ??= why;
    controller.abort();
  };
  const look = async () => {
    if ((await measureFolder(folder)) > maxBytes) stop(explain("size"));
    if (!(await hasRoom(folder))) stop(explain("room"));
  };
  const looking = Number.isFinite(maxBytes) ? setInterval(() => void look().catch(stop), LOOK_MS) : undefined;
  const ending = timeoutMs === undefined ? undefined : setTimeout(() => stop(explain("time")), timeoutMs);
  try {
    await write(signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]));
  } catch (error) {
    throw reason ?? error;
  } finally {
    clearInterval(looking);
    clearTimeout(ending);
  }
}

/**
 * Whether enough of the disk is left, also once so many more bytes are written. A file system that does not say what is left refuses by itself what
 * it has no room for.
 */
export async function hasRoom(folder: string, more = 0): Promise<boolean> {
  const found = await statfs(folder).catch(() => null);
  if (found === null) return true;
  const { bavail, blocks, bsize } = found;
  return bavail * bsize >= more + Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
}

/** The bytes of all files below a folder. Files that disappear while it runs count for nothing. */
export async function measureFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreGone);
  const sizes = await Promise.all(
    (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => stat(join(entry.parentPath, entry.name)).catch(ignoreGone)),
  );
  return sizes.reduce((total, found) => total + (found?.size ?? 0), 0);
}

function ignoreGone(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}
