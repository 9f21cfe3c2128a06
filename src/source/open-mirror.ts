import { createHash, randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasCode } from "../git/has-code.ts";
import { initRepository } from "../git/init-repository.ts";
import { openGit, openNetworkGit, type RunGit } from "../git/open-git.ts";
import { OperationalError } from "../model/operational-error.ts";
import { buildGitEnvironment, listGitSettings, type MirrorAccess } from "./build-git-environment.ts";
import { explainSourceError } from "./explain-source-error.ts";
import { measureFolder } from "./measure-folder.ts";
import type { ObjectReader } from "./read-objects.ts";
import { runInTurn } from "./run-in-turn.ts";

/** The private bare copy of a repository. Sources of one repository in one process share it; processes share none. */
export interface Mirror {
  /** Fetches what is missing of the branch and gives its newest commit. A mirror that is damaged is made anew. */
  fetch(): Promise<string>;
  /** Makes the mirror anew, for who found out by reading that it is damaged. */
  renew(): Promise<void>;
  readonly reader: ObjectReader;
}

/** What a mirror may be told. */
export interface MirrorOptions extends MirrorAccess {
  /** Where mirrors are. */
  readonly folder: string;
  readonly place: string;
  readonly signal: AbortSignal;
}

/** Packs of a mirror that are many enough to be made one. */
const MANY_PACKS = 50;
/** How often the size of what arrives is looked at, in milliseconds. */
const LOOK_MS = 250;

/** The mirror of a repository below `folder`, named by a hash of its address. Nothing is fetched yet. */
export function openMirror(options: MirrorOptions): Mirror {
  const { config, signal, place } = options;
  const name = `${createHash("sha256").update(config.url).digest("hex").slice(0, 16)}.git`;
  const folder = join(resolve(options.folder), name);
  return {
    fetch: () =>
      runInTurn(folder, async () => {
        try {
          await removeLeftovers(folder);
          if ((await findType(folder)) === "folder") return await fetchInto(folder, options);
        } catch (error) {
          const explained = explainSourceError(error, place, listSecrets(options));
          if (explained.code !== "source_damaged") throw explained;
        }
        return makeAnew(folder, options);
      }),
    renew: () => runInTurn(folder, async () => void (await makeAnew(folder, options))),
    reader: { environment: buildGitEnvironment(folder, options), tip: nameRef(config.branch), place, signal },
  };
}

/** A new mirror appears as a whole, in the place of the one that is there, of which the last is kept aside. */
async function makeAnew(folder: string, options: MirrorOptions): Promise<string> {
  const draft = `${folder}.${randomUUID()}`;
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await initRepository(draft, describeGit(draft, options, options.signal));
    const id = await fetchInto(draft, options);
    if ((await findType(folder)) !== null) {
      await rm(`${folder}-damaged`, { recursive: true, force: true });
      await rename(folder, `${folder}-damaged`);
    }
    await rename(draft, folder);
    return id;
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
    throw explainSourceError(error, options.place, listSecrets(options));
  }
}

async function fetchInto(folder: string, options: MirrorOptions): Promise<string> {
  const { config, place, signal } = options;
  const ref = nameRef(config.branch);
  const limits = limitFetch(folder, options);
  try {
    const git = openNetworkGit(folder, describeGit(folder, options, limits.signal));
    await git(["fetch", ...FETCH_OPTIONS, "--", config.url, `+refs/heads/${config.branch}:${ref}`]);
  } catch (error) {
    throw limits.reason() ?? error;
  } finally {
    limits.end();
  }
  const git = openGit(folder, describeGit(folder, options, signal));
  await repackWhenMany(folder, git);
  if ((await measureFolder(folder)) > config.max_bytes) throw tooLarge(place, config.max_bytes);
  return (await git(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`])).trim();
}

const FETCH_OPTIONS = [
  "--quiet",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-recurse-submodules",
  // Of a server that has only the newest commits itself, those are taken.
  "--update-shallow",
];

/** Ends a fetch that takes too long in all, or grows too large on the way; `reason` tells which. */
function limitFetch(folder: string, { config, place, signal }: MirrorOptions) {
  const { max_bytes, timeout_ms } = config;
  const controller = new AbortController();
  let reason: OperationalError | undefined;
  const stop = (why: OperationalError) => {
    reason ??= why;
    controller.abort();
  };
  const look = async () => {
    if ((await measureFolder(folder)) > max_bytes) stop(tooLarge(place, max_bytes));
  };
  const looking = setInterval(() => void look().catch((error) => stop(explainSourceError(error, place, []))), LOOK_MS);
  const ending = setTimeout(() => stop(tooSlow(place, timeout_ms)), timeout_ms);
  return {
    signal: AbortSignal.any([controller.signal, signal]),
    reason: () => reason,
    end: () => {
      clearInterval(looking);
      clearTimeout(ending);
    },
  };
}

/** Fetches come as one pack each, and git gets slow with many. What no branch has any more is kept: it may have been applied. */
async function repackWhenMany(folder: string, git: RunGit): Promise<void> {
  const packs = (await readdir(join(folder, "objects", "pack"))).filter((name) => name.endsWith(".pack"));
  if (packs.length > MANY_PACKS) await git(["repack", "-a", "-d", "-k", "--quiet"]);
}

/**
 * Removes what a fetch that was killed leaves: locks, halves of packs, halves of mirrors. Nobody else works in the mirror, so none of
 * it is in use.
 */
async function removeLeftovers(folder: string): Promise<void> {
  const drafts = (await listNames(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.`));
  const halves = (await listNames(folder, true)).filter((name) =>
    /\.(lock|keep)$|(^|\/)(tmp_|\.tmp-)[^/]*$/.test(name),
  );
  for (const path of [
    ...drafts.map((name) => join(dirname(folder), name)),
    ...halves.map((name) => join(folder, name)),
  ]) {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function listNames(folder: string, recursive = false): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** What is at a path; null for nothing. */
async function findType(path: string): Promise<"folder" | "other" | null> {
  try {
    return (await lstat(path)).isDirectory() ? "folder" : "other";
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function describeGit(folder: string, options: MirrorOptions, signal: AbortSignal) {
  return {
    environment: buildGitEnvironment(folder, options),
    settings: listGitSettings(options),
    timeoutMs: options.config.timeout_ms,
    signal,
    explain: (error: unknown) => explainSourceError(error, options.place, listSecrets(options)),
  };
}

/** A name that no two branches share and that none is in the way of. */
function nameRef(branch: string): string {
  return `refs/fetched/${createHash("sha256").update(branch).digest("hex").slice(0, 32)}`;
}

function listSecrets({ config, token }: MirrorAccess): readonly string[] {
  return token === null ? [] : [token, `${config.username}:${token}`];
}

function tooLarge(place: string, maxBytes: number): OperationalError {
  return new OperationalError(
    "source_too_large",
    `The mirror of ${place} takes more than ${Math.floor(maxBytes / 1_000_000)} MB. Raise \`max_bytes\`, or keep large files out of the repository.`,
    { next: "wait" },
  );
}

function tooSlow(place: string, timeoutMs: number): OperationalError {
  return new OperationalError(
    "source_unreachable",
    `Fetching from ${place} took longer than ${timeoutMs / 1000} s and was ended. Check the server, or raise \`timeout\`.`,
    { next: "retry" },
  );
}
