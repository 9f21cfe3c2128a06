import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { measureFolder, withinLimits } from "../../systems/git/within-limits.ts";
import { describeMirrorGit, type MirrorOptions } from "./describe-mirror.ts";
import { tooLarge, writePacks } from "./write-packs.ts";

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
 * of git fetch. One that fails leaves no half pack.
 */
export async function fetchWithinLimits(
  folder: string,
  options: MirrorOptions,
  refspecs: readonly string[],
  more: readonly string[] = [],
): Promise<void> {
  const { max_bytes: maxBytes, timeout_ms: timeoutMs, url } = options.config;
  await writePacks(folder, options, {
    args: ["fetch", ...FETCH_OPTIONS, ...more, "--", url, ...refspecs],
    maxBytes,
    tooSlow: tooSlow(options.place, timeoutMs),
  });
}

/** Bytes of a list of references, which are some hundred thousand of them. */
const MOST_LISTED = 16_000_000;

/**
 * The branches of the server that fit a pattern, each as a line with commit and name, within `timeout_ms` in all. Of a longer
 * list, the beginning.
 */
export async function listWithinLimits(folder: string, options: MirrorOptions, pattern: string): Promise<string> {
  const { config, place, signal } = options;
  const { timeout_ms: timeoutMs, url } = config;
  let listed = "";
  await withinLimits(
    folder,
    { maxBytes: Infinity, timeoutMs, signal, explain: () => tooSlow(place, timeoutMs) },
    async (ending) => {
      const git = openGit(folder, describeMirrorGit(folder, options, ending));
      // Without this, servers list the references of all requests too.
      const which = ["--quiet", "--refs", "--heads"];
      listed = await git(["ls-remote", ...which, "--", url, pattern], { mostBytes: MOST_LISTED, isCut: true });
    },
  );
  return listed;
}

/** Throws `source_too_large` where the mirror takes more than it may. */
export async function requireSize(folder: string, { config, place }: MirrorOptions): Promise<void> {
  if ((await measureFolder(folder)) > config.max_bytes) throw tooLarge(place, config.max_bytes);
}

function tooSlow(place: string, timeoutMs: number): OperationalError {
  return new OperationalError(
    "source_unreachable",
    `Fetching from ${place} took longer than ${timeoutMs / 1000} s and was stopped. Check the server, or raise \`timeout\`.`,
    { next: "retry" },
  );
}
