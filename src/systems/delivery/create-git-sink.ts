import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { type Fence, passFence } from "../../model/fence.ts";
import { nameDelivery } from "../git/name-delivery.ts";
import type { RunGit } from "../git/open-git.ts";
import { measureFolder, withinLimits } from "../git/within-limits.ts";
import { writeCommit } from "../git/write-commit.ts";
import { checkPath } from "./check-path.ts";
import { checkBranch, checkRemote } from "./check-remote.ts";
import { explainGitError, noRoomForClone } from "./explain-git-error.ts";
import { type Clone, dropDamaged, dropOversized, openClone, oversized } from "./open-clone.ts";
import { listPaths, planDelivery } from "./plan-delivery.ts";
import { readCommit } from "./read-commit.ts";
import type { Delivered, Delivery, Sink } from "./sink.ts";
import { withoutHalves } from "./without-halves.ts";

/** Who a commit is by. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** What one output repository may take of a process that many share, in whose cache no other process works. */
export interface SinkLimits {
  /** Bytes of its private clone. */
  readonly maxBytes: number;
  /** Milliseconds of one reading or delivery, whether the server is silent or not. */
  readonly totalMs: number;
}

/** An output repository. */
export interface GitSinkOptions {
  /** Without credentials: git gets them from the environment. */
  readonly url: string;
  /** Made from the default branch with the first delivery where it is not there. */
  readonly branch: string;
  /** Folder for private clones; what is in it may be deleted at any time. */
  readonly cacheFolder: string;
  readonly author: Author;
  /** Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long git may be silent, in milliseconds. Default {@link TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  /** For a process that many share. Default: none, and git may ask on the terminal. */
  readonly limits?: SinkLimits;
  /** How often a delivery is tried when others push in between. Default 5. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

/** How long git may be silent by default, in milliseconds. */
const TIMEOUT_MS = 60_000;

interface Repository extends Clone, Pick<GitSinkOptions, "url" | "branch" | "signal"> {
  readonly place: string;
  readonly maxBytes: number;
  /** Only this process works in the clone. */
  readonly isOurs: boolean;
}

/** The state of the remote: its branch, and the commit that a new one would follow; null where there is none. */
interface RemoteHead {
  readonly branch: string | null;
  readonly base: string | null;
}

/**
 * A sink into a branch of a git repository. A delivery is one commit, pushed without force; when the branch moved in between, the delivery
 * is made again on top, unless the files that it touches changed. Reading never sees what was committed and not pushed.
 */
export function createGitSink(options: GitSinkOptions): Sink {
  checkRemote(options.url);
  checkBranch(options.branch);
  const place = `${options.url} (branch ${options.branch})`;
  // Opened again each time: the cache may be deleted while the sink is in use.
  const inClone = async <T>(signal: AbortSignal | undefined, work: (repository: Repository) => Promise<T>) => {
    const open = () => openRepository({ ...options, ...(signal === undefined ? {} : { signal }) }, place);
    const repository = await open();
    try {
      return await work(repository);
    } catch (error) {
      // Nothing in it is of its own: a delivery looks at the branch first, also one that is made a second time.
      if (!(await dropDamaged(repository, error)) && !(await dropOversized(repository, error))) throw error;
      const again = await open();
      return await work(again).catch(async (fault: unknown) => {
        await dropOversized(again, fault);
        throw fault;
      });
    }
  };
  return {
    place,
    name: nameDelivery(`${options.url}#${options.branch}`),
    longestMs: options.timeoutMs ?? TIMEOUT_MS,
    readDelivered: async (paths, signal) => {
      for (const path of paths) checkPath(path);
      return inClone(signal ?? options.signal, async (repository) => {
        const { base } = await fetchHead(repository);
        return readCommit(repository.git, base, paths);
      });
    },
    isEmpty: (signal) =>
      inClone(signal ?? options.signal, async (repository) => (await lookUpHead(repository)).branch === null),
    deliver: (delivery, fence) =>
      inClone(options.signal, (repository) =>
        deliver(repository, delivery, { attempts: options.attempts ?? 5, fence }),
      ),
  };
}

async function openRepository(options: GitSinkOptions, place: string): Promise<Repository> {
  const { url, branch, author, environment = process.env, timeoutMs = TIMEOUT_MS, limits } = options;
  const total = limits === undefined ? undefined : AbortSignal.timeout(limits.totalMs);
  const ends = [options.signal, total].filter((end) => end !== undefined);
  const signal = ends.length === 0 ? undefined : AbortSignal.any(ends);
  const how = {
    environment: selectEnvironment(environment),
    settings: [`user.name=${author.name}`, `user.email=${author.email}`],
    timeoutMs,
    explain: (error: unknown) => (total?.aborted === true ? tookTooLong(place, limits) : explainGitError(error, place)),
    ...(signal === undefined ? {} : { signal }),
  };
  const clone = await openClone(options.cacheFolder, url, how);
  const maxBytes = limits?.maxBytes ?? Number.POSITIVE_INFINITY;
  const isOurs = limits !== undefined;
  return { ...clone, url, branch, place, maxBytes, isOurs, ...(signal === undefined ? {} : { signal }) };
}

function tookTooLong(place: string, limits: SinkLimits | undefined): OperationalError {
  const seconds = Math.round((limits?.totalMs ?? 0) / 1000);
  const message = `git took longer than ${seconds} s in all at ${place} and was stopped. Check the server, then try again.`;
  return new OperationalError("delivery_timeout", message, { next: "retry" });
}

async function deliver(
  repository: Repository,
  delivery: Delivery,
  { attempts, fence }: { readonly attempts: number; readonly fence: Fence },
): Promise<Delivered> {
  const paths = listPaths(delivery);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const head = await fetchHead(repository);
    const present = await readCommit(repository.git, head.base, paths);
    const texts = new Map(present.map(({ path, text }) => [path, text]));
    const pending = planDelivery(delivery, texts, repository.place);
    if (pending.writes.length + pending.removes.length === 0) return { changed: false, revision: head.base };
    const { folder, git } = repository;
    const commit = await writeCommit(git, { ...pending, folder, parent: head.base, message: delivery.message });
    if (await passFence(fence, () => push(repository, commit, head))) return { changed: true, revision: commit };
    // Those who lost one race together must not run the next one in step.
    await sleep(100 * attempt * (0.5 + Math.random()));
  }
  throw new OperationalError(
    "delivery_contended",
    `${repository.place} moved ${attempts} times while a commit was pushed to it. Nothing was delivered. Try again when fewer commits are pushed to it.`,
    { next: "retry" },
  );
}

/** True when the commit is there; false when the branch moved in between. The outcome of a failed push is settled by reading. */
async function push(repository: Repository, commit: string, before: RemoteHead): Promise<boolean> {
  const { git, url, branch } = repository;
  try {
    await git(["push", "--quiet", "--no-verify", "--", url, `${commit}:refs/heads/${branch}`]);
    return true;
  } catch (error) {
    const after = await lookUpHead(repository);
    if (after.branch === commit) return true;
    const isLocked = error instanceof OperationalError && error.code === "delivery_locked";
    if (after.branch === before.branch && !isLocked) throw error;
    return false;
  }
}

/** The state of the remote, with its commit in the private clone. */
async function fetchHead(repository: Repository): Promise<RemoteHead> {
  const head = await lookUpHead(repository);
  if (head.base === null || (await hasCommit(repository.git, head.base))) return head;
  const { git, folder, url, branch, signal, maxBytes, isOurs, place } = repository;
  const from = head.branch === null ? "HEAD" : `refs/heads/${branch}`;
  // A name of its own: neither another process nor the lock of one that was killed is in the way.
  const ref = `refs/seen/${randomUUID()}`;
  const fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", url, `+${from}:${ref}`];
  const limits = {
    maxBytes,
    signal,
    explain: (limit: "size" | "time" | "room") =>
      limit === "room" ? noRoomForClone(place) : oversized(place, maxBytes),
  };
  const receive = () => withinLimits(folder, limits, (ending) => git(fetch, { signal: ending }));
  await withoutHalves(folder, isOurs, receive);
  if (Number.isFinite(maxBytes) && (await measureFolder(folder)) > maxBytes) throw oversized(place, maxBytes);
  const base = (await git(["rev-parse", "--verify", "--end-of-options", ref])).trim();
  return { base, branch: head.branch === null ? null : base };
}

async function hasCommit(git: RunGit, sha: string): Promise<boolean> {
  const found = await git(["cat-file", "--batch-check=%(objecttype)"], { input: `${sha}\n` });
  return found.trim() === "commit";
}

async function lookUpHead({ git, url, branch }: Repository): Promise<RemoteHead> {
  const listed = await git(["ls-remote", "--quiet", "--", url, "HEAD", `refs/heads/${branch}`]);
  const refs = new Map<string, string>();
  for (const line of listed.split("\n")) {
    const [sha, name] = line.split("\t");
    if (sha !== undefined && name !== undefined && /^[0-9a-f]{40,64}$/.test(sha)) refs.set(name, sha);
  }
  const found = refs.get(`refs/heads/${branch}`) ?? null;
  return { branch: found, base: found ?? refs.get("HEAD") ?? null };
}

/** The variables of git that are passed on. */
const PASSED_ON = ["GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"];
/** What may steer git and is not named above. */
const GUARDED = /^(GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS)$/i;

/** The variables that git gets of an environment: of those that steer git, only where credentials come from. Without one, ssh asks nothing. */
function selectEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (PASSED_ON.includes(entry[0]) || !GUARDED.test(entry[0])),
  );
  return { GIT_SSH_COMMAND: "ssh -o BatchMode=yes", ...Object.fromEntries(kept) };
}
