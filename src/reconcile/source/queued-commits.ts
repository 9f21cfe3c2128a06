import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { describeMirrorGit, hashBranch, type MirrorOptions } from "./describe-mirror.ts";
import { fetchWithinLimits } from "./fetch-within-limits.ts";
import type { QueuedCommit } from "./proposals.ts";
import { readRefFile } from "./read-ref-file.ts";

/**
 * What to fetch together with the branch so that the commits of its merge queue are known without another call: GitHub keeps each of them on
 * a temporary branch `gh-readonly-queue/BASE/pr-NUMBER-COMMIT`. Null: this repository's forge has no such branches, or its requests are not
 * reviewed.
 */
export function nameQueueRefspec({ branch, pull_requests }: RepositoryConfig): string | null {
  if (pull_requests?.forge !== "github") return null;
  return `+refs/heads/gh-readonly-queue/${branch}/pr-*:${nameQueue(branch)}/pr-*`;
}

/** The commits of the branch's queue that were fetched last, by number. */
export async function listQueued(folder: string, { config }: MirrorOptions): Promise<readonly QueuedCommit[]> {
  const place = nameQueue(config.branch);
  const names = await readdir(join(folder, place)).catch(() => []);
  const found = await Promise.all(names.map(async (name) => readQueued(folder, `${place}/${name}`)));
  return found
    .filter((commit) => commit !== null)
    .toSorted((one, other) => one.number - other.number || (one.sha < other.sha ? -1 : 1));
}

/**
 * Fetches the commits of a merge train that are not in the mirror yet (GitLab: `refs/merge-requests/NUMBER/train`), forgets those that are
 * not named, and returns those that are there. A car whose commit changed in the meantime is left out.
 */
export async function fetchTrain(
  folder: string,
  options: MirrorOptions,
  cars: readonly QueuedCommit[],
): Promise<readonly QueuedCommit[]> {
  const before = await listQueued(folder, options);
  const isIn = (all: readonly QueuedCommit[], { number, sha }: QueuedCommit) =>
    all.some((other) => other.number === number && other.sha === sha);
  const place = nameQueue(options.config.branch);
  const named = new Set(cars.map(({ number }) => number));
  const gone = before.filter(({ number }) => !named.has(number)).map(({ number }) => `delete ${place}/pr-${number}\n`);
  if (gone.length > 0) {
    await openGit(folder, describeMirrorGit(folder, options))(["update-ref", "--stdin"], { input: gone.join("") });
  }
  const lacking = cars.filter((car) => !isIn(before, car));
  if (lacking.length === 0) return cars;
  const refspecs = lacking.map(({ number }) => `+refs/merge-requests/${number}/train:${place}/pr-${number}`);
  // Git fetches nothing where one of the names is missing.
  if (!(await tryFetch(folder, options, refspecs))) for (const one of refspecs) await tryFetch(folder, options, [one]);
  const after = await listQueued(folder, options);
  return cars.filter((car) => isIn(after, car));
}

async function tryFetch(folder: string, options: MirrorOptions, refspecs: readonly string[]): Promise<boolean> {
  try {
    await fetchWithinLimits(folder, options, refspecs);
    return true;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "branch_missing") return false;
    throw error;
  }
}

async function readQueued(folder: string, ref: string): Promise<QueuedCommit | null> {
  const number = /\/pr-(\d{1,15})(?:-[0-9a-f]{40,64})?$/.exec(ref)?.[1];
  const sha = number === undefined ? null : await readRefFile(folder, ref);
  return number === undefined || sha === null ? null : { number: Number(number), sha };
}

function nameQueue(branch: string): string {
  return `refs/queued/${hashBranch(branch)}`;
}
