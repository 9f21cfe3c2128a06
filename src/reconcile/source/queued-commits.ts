import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { copyText } from "../../model/text/copy-text.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { chooseQueued } from "./choose-queued.ts";
import { describeMirrorGit, hashBranch, type MirrorOptions } from "./describe-mirror.ts";
import { fetchWithinLimits, listWithinLimits, requireSize } from "./fetch-within-limits.ts";
import type { AskedQueue, QueuedCommit, RequestServer, SoughtCommit } from "./proposals.ts";
import type { QueueLine } from "./queue-line.ts";
import { readRefFile } from "./read-ref-file.ts";
import { dropPacksSince, findFetchRefusal, listPacks, type RefusedCommits } from "./refuse-objects.ts";
import { runInTurn } from "./run-in-turn.ts";

/** A commit of a queue, with the name of its reference on the server and in the mirror. */
export interface QueueRef extends QueuedCommit {
  readonly there: string;
  readonly here: string;
}

/** What is remembered of a queue's commits between looks, by their names on the server. */
export interface QueueMemory {
  readonly refused: RefusedCommits;
  /** Those that the server did not have, in the order in which they were missed. */
  readonly missed: Set<string>;
}

/** Fetches in one look. */
const MOST_FETCHES = 20;

/**
 * The commits of the branch's merge queue, of open requests alone, as {@link chooseQueued} has them. GitHub keeps each on a temporary branch
 * `gh-readonly-queue/BASE/pr-NUMBER-COMMIT`, GitLab those of a merge train as `refs/merge-requests/NUMBER/train`. Nothing is asked where no
 * request is open.
 */
export async function listQueue(
  folder: string,
  options: MirrorOptions,
  forge: RequestServer,
  { open, cars, line }: AskedQueue,
): Promise<readonly QueueRef[]> {
  const place = nameQueue(options.config.branch);
  if (open.size === 0 || forge === "gitea") return chooseQueued([], open, line);
  if (forge === "gitlab") {
    return chooseQueued(cars, open, line).map(({ number, sha }) => {
      return { number, sha, there: `refs/merge-requests/${number}/train`, here: `${place}/pr-${number}` };
    });
  }
  const prefix = `refs/heads/gh-readonly-queue/${options.config.branch}/`;
  const listed = await listWithinLimits(folder, options, `${prefix}pr-*`);
  const served = listed.split("\n").flatMap((line) => {
    const [sha = "", there = ""] = copyText(line).split("\t");
    const name = there.startsWith(prefix) ? there.slice(prefix.length) : "";
    const number = /^pr-(\d{1,15})-[0-9a-f]{40,64}$/.exec(name)?.[1];
    return number === undefined ? [] : [{ number: Number(number), sha, there, here: `${place}/${name}` }];
  });
  return chooseQueued(served, open, line);
}

/**
 * Fetches the commits of a queue that are not in the mirror yet, apart from the branch, so that one that is refused stops neither it nor the others,
 * and forgets those that are not named. One that changed in the meantime is left out.
 */
export async function fetchQueue(
  folder: string,
  options: MirrorOptions,
  { wanted, line }: { readonly wanted: readonly QueueRef[]; readonly line: QueueLine | undefined },
  memory: QueueMemory,
): Promise<readonly SoughtCommit[]> {
  const { refused } = memory;
  const inLine = line === undefined ? wanted : wanted.toSorted((one, other) => line.compare(one.sha, other.sha));
  await fetchLacking(folder, options, inLine, memory);
  const after = await listFetched(folder, options.config);
  return wanted.flatMap(({ number, sha, there }) => {
    const refusal = refused.get(there)?.error ?? null;
    return refusal !== null || isIn(after, { number, sha }) ? [{ number, sha, refusal }] : [];
  });
}

/**
 * All that are not there in one fetch, and each half by itself where that is refused, or where a name is missing: git fetches nothing then. Those that
 * were missing before come last, so that they keep no other waiting. `wanted`: in the order in which they are tried.
 */
async function fetchLacking(
  folder: string,
  options: MirrorOptions,
  wanted: readonly QueueRef[],
  { refused, missed }: QueueMemory,
): Promise<void> {
  for (const name of missed) if (!wanted.some(({ there }) => there === name)) missed.delete(name);
  for (const [name, { sha }] of refused) {
    if (!wanted.some((one) => one.there === name && one.sha === sha)) refused.delete(name);
  }
  const before = await listFetched(folder, options.config);
  const named = new Set(wanted.map(({ here }) => here));
  const left = before.map(({ here }) => here).filter((here) => !named.has(here));
  await runInTurn(folder, () => forget(folder, options, left));
  const kept = before.filter(({ here }) => named.has(here));
  const lacking = wanted.filter((one) => !isIn(kept, one) && !refused.has(one.there));
  const order = [...missed];
  const sought = lacking.filter(({ there }) => !missed.has(there));
  const late = lacking
    .filter(({ there }) => missed.has(there))
    .sort((one, other) => order.indexOf(one.there) - order.indexOf(other.there));
  const next: (readonly QueueRef[])[] = [sought, ...late.map((one) => [one])];
  // The others have their turn in the next looks.
  for (let left = MOST_FETCHES; left > 0; ) {
    const group = next.shift();
    if (group === undefined) return;
    const [one, ...more] = group;
    if (one === undefined) continue;
    left -= 1;
    const error = await tryFetch(folder, options, group);
    if (more.length > 0) {
      if (error !== null) next.unshift(...halve(group));
      continue;
    }
    missed.delete(one.there);
    if (error === "missing") missed.add(one.there);
    else if (error !== null) refused.set(one.there, { sha: one.sha, error });
  }
}

function halve<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** Null: they are there. Of what is missing or refused nothing is left. A pass that needs the branch waits for one fetch, and not for all. */
function tryFetch(
  folder: string,
  options: MirrorOptions,
  wanted: readonly QueueRef[],
): Promise<OperationalError | "missing" | null> {
  return runInTurn(folder, () => tryFetchAlone(folder, options, wanted));
}

async function tryFetchAlone(
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

/** Of a reference of the queue in the mirror; null: it is none. */
function readNumber(ref: string): number | null {
  const number = /\/pr-(\d{1,15})(?:-[0-9a-f]{40,64})?$/.exec(ref)?.[1];
  return number === undefined ? null : Number(number);
}

function nameQueue(branch: string): string {
  return `refs/queued/${hashBranch(branch)}`;
}
