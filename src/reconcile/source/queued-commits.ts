import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { describeMirrorGit, hashBranch, type MirrorOptions } from "./describe-mirror.ts";
import { fetchWithinLimits, requireSize } from "./fetch-within-limits.ts";
import type { QueuedCommit, SoughtCommit } from "./proposals.ts";
import { readRefFile } from "./read-ref-file.ts";
import { dropPacksSince, findFetchRefusal, listPacks, type RefusedCommits } from "./refuse-objects.ts";

/** A commit of a queue, with the name of its reference on the server and in the mirror. */
interface QueueRef extends QueuedCommit {
  readonly there: string;
  readonly here: string;
}

/** Bounds the fetches of one commit by itself. GitHub tests a hundred groups side by side at most. */
const MOST_ALONE = 100;

/**
 * What to fetch together with the branch so that the commits of its merge queue are known without another call: GitHub keeps each of them on
 * a temporary branch `gh-readonly-queue/BASE/pr-NUMBER-COMMIT`. Null: this repository's forge has no such branches, or its requests are not
 * reviewed.
 */
export function nameQueueRefspec({ branch, pull_requests }: RepositoryConfig): string | null {
  if (pull_requests?.forge !== "github") return null;
  return `+${nameGithubQueue(branch)}pr-*:${nameQueue(branch)}/pr-*`;
}

/** The commits of the branch's queue on GitHub: those that were fetched last, and those that are refused, by number. */
export async function listGithubQueue(
  folder: string,
  { config }: MirrorOptions,
  refused: RefusedCommits,
): Promise<readonly SoughtCommit[]> {
  const left = [...refused].flatMap(([there, { sha, error }]) => {
    const number = readNumber(there);
    return number === null ? [] : [{ number, sha, refusal: error }];
  });
  const found = (await listFetched(folder, config)).map(({ number, sha }) => ({ number, sha, refusal: null }));
  return [...found, ...left].toSorted((one, other) => one.number - other.number || (one.sha < other.sha ? -1 : 1));
}

/** Fetches the commits of the branch's queue on GitHub apart from the branch, so that one that is refused stops neither it nor the others. */
export async function fetchGithubQueue(folder: string, options: MirrorOptions, refused: RefusedCommits): Promise<void> {
  const git = openGit(folder, describeMirrorGit(folder, options));
  const prefix = nameGithubQueue(options.config.branch);
  const listed = await git(["ls-remote", "--quiet", "--refs", "--", options.config.url, `${prefix}pr-*`]);
  const served = listed.split("\n").flatMap((line) => {
    const [sha = "", there = ""] = line.split("\t");
    const number = readNumber(there);
    const here = `${nameQueue(options.config.branch)}/${there.slice(prefix.length)}`;
    return number === null || !there.startsWith(prefix) ? [] : [{ number, sha, there, here }];
  });
  await fetchQueue(folder, options, served, refused);
}

/**
 * Fetches the commits of a merge train that are not in the mirror yet (GitLab: `refs/merge-requests/NUMBER/train`), and forgets those that
 * are not named. A car whose commit changed in the meantime is left out.
 */
export async function fetchTrain(
  folder: string,
  options: MirrorOptions,
  cars: readonly QueuedCommit[],
  refused: RefusedCommits,
): Promise<readonly SoughtCommit[]> {
  const place = nameQueue(options.config.branch);
  const wanted = cars.map(({ number, sha }) => {
    return { number, sha, there: `refs/merge-requests/${number}/train`, here: `${place}/pr-${number}` };
  });
  await fetchQueue(folder, options, wanted, refused);
  const after = await listFetched(folder, options.config);
  return wanted.flatMap(({ number, sha, there }) => {
    const refusal = refused.get(there)?.error ?? null;
    return refusal !== null || isIn(after, { number, sha }) ? [{ number, sha, refusal }] : [];
  });
}

/** All that are not there in one fetch, and each by itself where that is refused, or where a name is missing: git fetches nothing then. */
async function fetchQueue(
  folder: string,
  options: MirrorOptions,
  wanted: readonly QueueRef[],
  refused: RefusedCommits,
): Promise<void> {
  for (const [name, { sha }] of refused) {
    if (!wanted.some((one) => one.there === name && one.sha === sha)) refused.delete(name);
  }
  const before = await listFetched(folder, options.config);
  const named = new Set(wanted.map(({ here }) => here));
  await forget(
    folder,
    options,
    before.map(({ here }) => here).filter((here) => !named.has(here)),
  );
  const lacking = wanted.filter((one) => !isIn(before, one) && !refused.has(one.there));
  if (lacking.length === 0) return;
  const refusal = await tryFetch(folder, options, lacking);
  if (refusal === null) return;
  for (const [index, one] of lacking.entries()) {
    const error = index < MOST_ALONE && lacking.length > 1 ? await tryFetch(folder, options, [one]) : refusal;
    if (error instanceof OperationalError) refused.set(one.there, { sha: one.sha, error });
  }
}

/** Null: they are there. Of what is missing or refused nothing is left. */
async function tryFetch(
  folder: string,
  options: MirrorOptions,
  wanted: readonly QueueRef[],
): Promise<OperationalError | "missing" | null> {
  const packs = await listPacks(folder);
  try {
    const refspecs = wanted.map(({ there, here }) => `+${there}:${here}`);
    await fetchWithinLimits(folder, options, refspecs);
    await requireSize(folder, options);
    return null;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "branch_missing") return "missing";
    const refusal = findFetchRefusal(error, options);
    if (refusal === null) throw error;
    await forget(
      folder,
      options,
      wanted.map(({ here }) => here),
    );
    await dropPacksSince(folder, packs);
    return refusal;
  }
}

async function forget(folder: string, options: MirrorOptions, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return;
  const input = refs.map((ref) => `delete ${ref}\n`).join("");
  await openGit(folder, describeMirrorGit(folder, options))(["update-ref", "--stdin"], { input });
}

async function listFetched(folder: string, { branch }: RepositoryConfig) {
  const place = nameQueue(branch);
  const names = await readdir(join(folder, place)).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const here = `${place}/${name}`;
      const number = readNumber(here);
      const sha = number === null ? null : await readRefFile(folder, here);
      return number === null || sha === null ? [] : [{ number, sha, here }];
    }),
  );
  return found.flat();
}

function isIn(all: readonly QueuedCommit[], { number, sha }: QueuedCommit): boolean {
  return all.some((other) => other.number === number && other.sha === sha);
}

/** Of a reference of the queue, on the server or in the mirror; null: it is none. */
function readNumber(ref: string): number | null {
  const number = /\/pr-(\d{1,15})(?:-[0-9a-f]{40,64})?$/.exec(ref)?.[1];
  return number === undefined ? null : Number(number);
}

function nameGithubQueue(branch: string): string {
  return `refs/heads/gh-readonly-queue/${branch}/`;
}

function nameQueue(branch: string): string {
  return `refs/queued/${hashBranch(branch)}`;
}
