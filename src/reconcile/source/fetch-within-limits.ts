import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { describeMirrorGit, explainMirrorError, type MirrorOptions } from "./describe-mirror.ts";

/** How often the size of what arrives is looked at, in milliseconds. */
const LOOK_MS = 250;

const FETCH_OPTIONS = [
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-recurse-submodules",
  // Of a server that has only the newest commits itself, those are taken.
  "--update-shallow",
];

/**
 * Fetches into the mirror at `folder` what the refspecs name, as one pack. Ends it with `source_unreachable` where it takes longer
 * than `timeout_ms` in all, and with `source_too_large` where the mirror grows past `max_bytes` on the way. `more`: further options
 * of git fetch.
 */
export async function fetchWithinLimits(
  folder: string,
  options: MirrorOptions,
  refspecs: readonly string[],
  more: readonly string[] = [],
): Promise<void> {
  const limits = limitFetch(folder, options);
  try {
    const git = openGit(folder, describeMirrorGit(folder, options, limits.signal));
    await git(["fetch", ...FETCH_OPTIONS, ...more, "--", options.config.url, ...refspecs]);
  } catch (error) {
    throw limits.reason() ?? error;
  } finally {
    limits.end();
  }
}

/** Throws `source_too_large` where the mirror takes more than it may. */
export async function requireSize(folder: string, { config, place }: MirrorOptions): Promise<void> {
  if ((await measureFolder(folder)) > config.max_bytes) throw tooLarge(place, config.max_bytes);
}

/** Ends a fetch that takes too long in all, or grows too large on the way; `reason` says which. */
function limitFetch(folder: string, options: MirrorOptions) {
  const { timeout_ms } = options.config;
  const controller = new AbortController();
  let reason: OperationalError | undefined;
  const stop = (why: OperationalError) => {
    reason ??= why;
    controller.abort();
  };
  const look = () =>
    void requireSize(folder, options).catch((error: unknown) => stop(explainMirrorError(error, options)));
  const looking = setInterval(look, LOOK_MS);
  const ending = setTimeout(() => stop(tooSlow(options.place, timeout_ms)), timeout_ms);
  return {
    signal: AbortSignal.any([controller.signal, options.signal]),
    reason: () => reason,
    end: () => {
      clearInterval(looking);
      clearTimeout(ending);
    },
  };
}

function tooLarge(place: string, maxBytes: number): OperationalError {
  return new OperationalError(
    "source_too_large",
    `The mirror of ${place} exceeds ${Math.floor(maxBytes / 1_000_000)} MB. Raise \`max_size\`, or keep large files out of the repository.`,
    { next: "wait" },
  );
}

function tooSlow(place: string, timeoutMs: number): OperationalError {
  return new OperationalError(
    "source_unreachable",
    `Fetching from ${place} took longer than ${timeoutMs / 1000} s and was stopped. Check the server, or raise \`timeout\`.`,
    { next: "retry" },
  );
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
