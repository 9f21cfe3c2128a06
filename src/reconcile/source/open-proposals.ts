import { OperationalError } from "../../model/errors/operational-error.ts";
import { countBrought } from "./count-brought.ts";
import type { Reads } from "./create-reads.ts";
import type { MirrorOptions } from "./describe-mirror.ts";
import type { FinalAnswers } from "./final-answers.ts";
import { isSameFolder, listBranchCommits } from "./list-branch-commits.ts";
import { mergeCommits } from "./merge-commits.ts";
import type { Mirror } from "./open-mirror.ts";
import { openRequestStore } from "./open-request-store.ts";
import type { Proposals } from "./proposals.ts";
import { pushCommit } from "./push-commit.ts";
import { requireCommits } from "./read-commits.ts";
import { askGit, type ObjectReader } from "./read-objects.ts";
import { openSlowMerges } from "./slow-merges.ts";
import { traceArrival } from "./trace-arrival.ts";

/** What proposals share with their source. */
export interface ProposalTools {
  readonly options: MirrorOptions;
  /** The same with the token of this moment, for what asks the server. */
  readonly withToken: () => MirrorOptions;
  readonly mirror: Mirror;
  readonly reads: Reads;
  /** Runs a task, and once more with a new mirror where the mirror is damaged. */
  readonly mending: <T>(task: () => Promise<T>) => Promise<T>;
  readonly answers: FinalAnswers;
}

/** Longer lists of commits are computed again. */
const MOST_KEPT = 100;

/** Requests to the source's branch. Nothing is fetched yet. */
export function openProposals({ options, withToken, mirror, reads, mending, answers }: ProposalTools): Proposals {
  const { path, timeout_ms } = options.config;
  const { reader } = mirror;
  const store = openRequestStore(options);
  let fetchAgain: () => Promise<unknown> = () => store.work(options, async () => undefined);
  /** Heads that must be there; where one is not, the store is damaged. */
  let fetched: ReadonlySet<string> = new Set();
  const slow = openSlowMerges();
  let checked = false;
  const checkGit = async () => {
    if (!checked) await requireMergingGit(reader);
    checked = true;
  };
  /** Reads, and once more from a new store where this one is damaged. */
  const reading = async <T>(tip: string, task: (from: ObjectReader) => Promise<T>): Promise<T> => {
    const from = { ...reader, environment: store.environment, tip };
    try {
      return await task(from);
    } catch (error) {
      if (!(error instanceof OperationalError && error.code === "source_damaged")) throw error;
      await store.remove();
      await fetchAgain();
      return task(from);
    }
  };
  const merge: Proposals["merge"] = async (base, head) => {
    await checkGit();
    await mending(() => requireCommits(reader, [base]));
    return reading(fetched.has(head) ? head : base, async (from) => {
      await requireCommits(from, [head]);
      const request = { base, head, path, timeoutMs: timeout_ms };
      return slow.ask(base, head, () => store.inTurn(() => mergeCommits(from, request)));
    });
  };
  const fetch: Proposals["fetch"] = async (forge, heads) => {
    for (const { number } of heads) if (!Number.isSafeInteger(number) || number < 1) throw strange(number);
    fetchAgain = () => store.fetch(withToken(), forge, heads);
    const there = await store.fetch(withToken(), forge, heads);
    fetched = new Set(heads.filter(({ number }) => there.has(number)).map(({ sha }) => sha));
    return there;
  };
  /** Whether a merge of the head into `onto` gives what `commit` has below a folder ("": everywhere). */
  const isMergeOf = async (commit: string, onto: string, { head, below }: { head: string; below: string }) => {
    const merged = await merge(onto, head);
    if (merged.kind === "conflict") return false;
    return reading(merged.tree, (from) => isSameFolder(from, [commit, merged.tree], below));
  };
  return {
    fetch,
    findRefusal: store.findRefusal,
    listQueued: mirror.queued,
    merge,
    listCommits: (from, to) =>
      answers.ask(
        `list ${from} ${to}`,
        () => mending(() => listBranchCommits(reader, { from, to, path })),
        (commits) => commits !== null && commits.length <= MOST_KEPT,
      ),
    isMergeOf: (commit, { onto, head }) =>
      answers.ask(
        `merge ${commit} ${onto} ${head}`,
        () => nullIfMissing(() => isMergeOf(commit, onto, { head, below: path })),
        (isMerge) => isMerge === true,
      ),
    countBrought: async (forge, request, line) => {
      const { number, sha: head } = request;
      const [onto, newest] = [line[0]?.parents[0], line.at(-1)?.id];
      if (onto === undefined || newest === undefined || !(await fetch(forge, [request])).has(number)) return null;
      if ((await store.readServed(withToken(), forge, number)) !== head) return null;
      return nullIfMissing(async () => {
        await mending(() => requireCommits(reader, [onto, newest]));
        // The server merged the head into what the branch was at; a fast-forward has the head itself as its newest.
        const isOne = line.at(-1)?.parents.slice(1).includes(head);
        const ids = line.map(({ id }) => id);
        const count = isOne ? 1 : await reading(head, (from) => countBrought(from, { onto, line: ids, head }));
        const start = count === null ? undefined : line.at(-count)?.parents[0];
        if (start === undefined) return null;
        return (await isMergeOf(newest, start, { head, below: "" })) ? count : null;
      });
    },
    traceArrival: (merged) => mending(() => traceArrival(reader, merged)),
    readTree: (tree) => reading(tree, (from) => reads.tree(from, tree)),
    keep: (numbers) => store.keep(options, numbers),
    commitAndPush: async (commit, confirm) => {
      await mending(() => requireCommits(reader, [commit.base]));
      const now = withToken();
      return store.work(now, () => pushCommit(store.folder, now, { ...commit, confirm }));
    },
  };
}

async function nullIfMissing<T>(task: () => Promise<T>): Promise<T | null> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof OperationalError && error.code === "revision_missing") return null;
    throw error;
  }
}

function strange(number: number): RangeError {
  return new RangeError(`${number} is not the number of a request`);
}

/** Throws `git_too_old` where git can't merge without a work tree, which 2.38 is the first to do. */
async function requireMergingGit(reader: ObjectReader): Promise<void> {
  const { output } = await askGit(reader, ["version"]);
  const said = output.toString("utf8").trim();
  const [, major = 0, minor = 0] = (/\b(\d+)\.(\d+)/.exec(said) ?? []).map(Number);
  if (major > 2 || (major === 2 && minor >= 38)) return;
  throw new OperationalError(
    "git_too_old",
    `Planning pull requests needs git 2.38 or newer; the PATH has ${JSON.stringify(said.slice(0, 80))}. Install a newer git.`,
    { next: "stop" },
  );
}
