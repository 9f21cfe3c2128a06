import type { PullRequest } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { SkipReason } from "../model/review.ts";
import type { KeptReview, ReviewRecord } from "../model/review-record.ts";
import type { FindUnreviewed, UnreviewedCommit } from "../model/unreviewed.ts";
import type { BranchCommit } from "../source/proposals.ts";
import { branchOf } from "./branch-of.ts";
import { readKept } from "./read-kept.ts";
import type { ReviewTools } from "./review-tools.ts";
import { findShownChange } from "./shown-plan.ts";

type FinderTools = Pick<ReviewTools, "forge" | "pass" | "proposals" | "findChange">;

/** A forge is asked about a commit so often before it counts as pushed: it may learn of a merge a little after its branch has it. */
const MOST_ASKED = 3;
/** Of commits that so many have followed it has long learned. */
const RECENT = 10;
/** One look asks the forge about so many commits at most; the next look goes on with those after them. */
const MOST_NEW = 250;
/** So many applied revisions can be gone back to without an approval. */
const MOST_APPLIED = 1000;

/**
 * Finds the commits of a branch that came by the merge of a request of which no plan could be reviewed. Commits count as reviewed where
 * they change in the manifests exactly what a plan that was shown changes, file by file, from the same content to the same: that is
 * proven by git, whatever way they were merged, and needs no forge. For others the forge is asked for the request that was merged as them;
 * those of none, which are of no request that is still open either, were pushed by somebody who may.
 *
 * A rebase or a fast-forward puts a line of commits on the branch, and a forge may know the last one alone. So commits that nothing
 * explains are kept together, until one that follows is explained, or is a merge, or the branch was seen at one of them: what comes
 * afterwards came on its own. Of a request that explains the last of them, git says how many it brought; those before were pushed, and
 * where it can't say, the request brought them all. A plan that shows the end of what a request brought shows nothing of the rest.
 *
 * Level-triggered: it rests on the repository, the forge and the records of requests, and on no webhook. What can't be told, as the
 * forge can't be asked or the commits can't be listed, counts as unreviewed until it can.
 */
export function createUnreviewedFinder(tools: FinderTools): FindUnreviewed {
  const { pass, proposals } = tools;
  const { records, config } = pass;
  const looks = openLooks(tools);
  const wasApplied = async (commit: string) =>
    (await records.readApplied(config.name, MOST_APPLIED)).some(({ revision }) => revision === commit);

  /** Whether the commits together change nothing, or exactly what a plan showed that one of the records is of. */
  const isReviewed = async (line: readonly BranchCommit[], known: readonly ReviewRecord[]) => {
    const newest = line.at(-1);
    const change = await looks.findChange(line);
    const isShown = (record: ReviewRecord) =>
      newest !== undefined && mayBeOf(record, newest) && findShownChange(record) === change;
    // What takes back what it did changes nothing that could be shown.
    return change === "none" || known.some(isShown);
  };

  const explain = async (
    line: readonly BranchCommit[],
    known: readonly ReviewRecord[],
    isRecent = true,
  ): Promise<Explained> => {
    const newest = line.at(-1);
    if (newest === undefined) return "nothing";
    if (await isReviewed(line, known)) return { brought: line.length, unreviewed: null };
    const request = await looks.findRequest(newest.id, isRecent ? MOST_ASKED : 1);
    if (request === "later") return { brought: line.length, unreviewed: TOO_MANY };
    if (request === null) return "nothing";
    const kept = await readKept(tools, request);
    const brought = await looks.countBrought(line, request);
    const its = line.slice(-brought);
    if (await isReviewed(its, kept === null ? known : [...known, kept.record])) return { brought, unreviewed: null };
    const isItsHead = kept !== null && (await looks.isMergeOf(its, kept.record.head));
    return { brought, unreviewed: { request, why: explainMerge(kept, isItsHead) } };
  };

  const judge = (...[line, known, isRecent]: Parameters<typeof explain>) =>
    orUntold(
      () => explain(line, known, isRecent),
      (unreviewed): Explained => ({ brought: line.length, unreviewed }),
    );

  /** What can't be told commit by commit may still be the merge of one request as a whole, as of a branch that was brought up to date. */
  const judgeWhole = async (
    { from, to }: { readonly from: string; readonly to: string },
    known: readonly ReviewRecord[],
  ) => {
    const whole = [{ id: to, parents: [from], changes: true }];
    const explained = await judge(whole, known);
    return listUnreviewed(whole, explained === "nothing" ? { request: null, why: UNLISTED } : explained.unreviewed);
  };

  const look: FindUnreviewed = async (state, to, pinned = false) => {
    if (pinned) return (await wasApplied(to)) ? [] : [{ commit: to, request: null, why: NEVER_APPLIED }];
    const from = state?.applied_revision ?? state?.first_revision ?? null;
    if (from === null || from === to) return [];
    looks.begin();
    const commits = await proposals.listCommits(from, to);
    // What was applied once is no news, though somebody went back from it meanwhile.
    if (commits?.length === 0 || (await wasApplied(to))) return [];
    const known = await records.readReviews(config.name);
    if (commits === null) return judgeWhole({ from, to }, known);
    const seen = new Set(state?.heads);
    const found: UnreviewedCommit[] = [];
    let line: BranchCommit[] = [];
    /** All but the last `brought` commits were pushed, unless they are of a request whose merge the forge has not finished. */
    const endLine = async ({ brought, unreviewed }: Origin = { brought: 0, unreviewed: null }) => {
      const pushed = line.slice(0, line.length - brought);
      const unfinished = await orUntold(
        () => looks.findUnfinished(pushed),
        (untold) => untold,
      );
      found.push(...listUnreviewed(pushed, unfinished), ...listUnreviewed(line.slice(pushed.length), unreviewed));
      line = [];
    };
    for (const [index, commit] of commits.entries()) {
      const isMerge = commit.parents.length > 1;
      if (isMerge) await endLine();
      // Before the first change there is nothing to explain.
      if (!commit.changes && line.length === 0) continue;
      line.push(commit);
      const isRecent = commits.length - index <= RECENT;
      const explained = await judge(line, known, isRecent);
      if (explained !== "nothing") await endLine(explained);
      else if (isMerge || seen.has(commit.id)) await endLine();
    }
    await endLine();
    return found;
  };
  let last: Promise<unknown> = Promise.resolve();
  // Passes and rounds look at the same commits: what one of them was answered, the other need not ask.
  return (...asked) => {
    const running = last.then(() => look(...asked));
    last = running.catch(() => undefined);
    return running;
  };
}

/** How commits came: so many of the last of them by a request that was merged, or by a plan that was shown; the others did not. */
interface Origin {
  readonly brought: number;
  /** Null: what they change was shown. */
  readonly unreviewed: Unreviewed | null;
}

type Explained = "nothing" | Origin;

/** A request that nobody could review; null: how the commits came can't be told. */
interface Unreviewed {
  readonly request: Pick<PullRequest, "number" | "title"> | null;
  readonly why: string;
}

const NEVER_APPLIED = "somebody went back to it by hand, and it was never applied here";

const UNLISTED =
  "what the branch got since the revision that was applied last can't be told: that revision is not on its line any more, or too many commits came";

const TOO_MANY: Unreviewed = {
  request: null,
  why: `more than ${MOST_NEW} commits came at once, and the forge is asked about the others in the next looks`,
};

/** What commits are compared with and asked about. What can't change any more is forgotten with the process, and found again. */
function openLooks({ forge, pass, proposals, findChange }: FinderTools) {
  const branch = branchOf(pass);
  const asked = new Map<string, { readonly request: PullRequest | null; readonly times: number }>();
  let lately: readonly PullRequest[] | null = null;
  let left = MOST_NEW;
  /** `later`: the forge was asked about enough commits for now. */
  const findRequest = async (commit: string, most: number): Promise<PullRequest | "later" | null> => {
    const known = asked.get(commit);
    if (known !== undefined && (known.request !== null || known.times >= most)) return known.request;
    lately ??= await forge.listMergedLately(branch);
    const found = lately.find(({ merged }) => merged?.commit === commit);
    if (found === undefined && left === 0) return "later";
    if (found === undefined) left -= 1;
    const request = found ?? (await forge.findMerged(branch, commit));
    asked.set(commit, { request, times: (known?.times ?? 0) + 1 });
    return request;
  };
  const endsOf = (line: readonly BranchCommit[]) => [line[0]?.parents[0], line.at(-1)?.id] as const;
  /** Whether all of these commits together are what a merge of a head gives; false also where the head is not there. */
  const isMergeOf = async (line: readonly BranchCommit[], head: string) => {
    const [onto, last] = endsOf(line);
    if (last === undefined || onto === undefined) return false;
    return (await proposals.isMergeOf(last, { onto, head })) === true;
  };
  /** How many of the last commits the request brought: all of them where it can't be known. */
  const countBrought = async (line: readonly BranchCommit[], { number, head }: PullRequest) => {
    if (line.length < 2) return line.length;
    try {
      return (await proposals.countBrought(forge.kind, { number, sha: head.sha }, line)) ?? line.length;
    } catch (error) {
      // Commits that git does not accept, or can't merge in time, end no pass.
      if (!(error instanceof OperationalError)) throw error;
      return line.length;
    }
  };
  return {
    findRequest,
    isMergeOf,
    countBrought,
    begin: () => {
      lately = null;
      left = MOST_NEW;
    },
    findChange: async (line: readonly BranchCommit[]) => {
      // What comes after the last change has the same manifests.
      const [onto, last] = endsOf(line.slice(0, line.findLastIndex(({ changes }) => changes) + 1));
      return last === undefined || onto === undefined ? "none" : findChange(onto, last);
    },
    /** The open request that these commits are the merge of, though nothing shows it: its branch is told first, the forge a little later. */
    findUnfinished: async (line: readonly BranchCommit[]): Promise<Unreviewed | null> => {
      const newest = line.at(-1);
      if (newest === undefined || (asked.get(newest.id)?.times ?? 0) >= MOST_ASKED) return null;
      const open = await forge.listOpen(branch);
      if (open.length === 0) return null;
      const ids = new Set(line.flatMap(({ id, parents }) => [id, ...parents.slice(1)]));
      const heads = open.map(({ number, head }) => ({ number, sha: head.sha }));
      const there = await proposals.fetch(forge.kind, heads);
      for (const { number, title, head } of open) {
        const isIt = ids.has(head.sha) || (there.has(number) && (await isMergeOf(line, head.sha)));
        if (!isIt) continue;
        // The forge is still to say so, however late.
        for (const { id } of line) asked.delete(id);
        return { request: { number, title }, why: "it was merged before its plan was shown" };
      }
      return null;
    },
  };
}

/** What can't be told as the forge does not answer. */
async function orUntold<T>(task: () => Promise<T>, otherwise: (untold: Unreviewed) => T): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationalError) || !error.code.startsWith("forge_")) throw error;
    return otherwise({ request: null, why: `the forge could not be asked how it came (${error.code})` });
  }
}

/** Those of the commits that change manifests. */
function listUnreviewed(line: readonly BranchCommit[], unreviewed: Unreviewed | null): readonly UnreviewedCommit[] {
  if (unreviewed === null) return [];
  const { request, why } = unreviewed;
  const named = request === null ? null : { number: request.number, title: request.title };
  return line.filter(({ changes }) => changes).map(({ id }) => ({ commit: id, request: named, why }));
}

const SKIPPED = {
  fork: "it comes from a fork",
  draft: "it was a draft",
  label: "a label kept it from being planned",
  unseen: "it was merged before it was looked at",
} as const satisfies Record<SkipReason, string>;

/** `isItsHead`: the commits are the merge of the head that was looked at. */
function explainMerge(kept: KeptReview | null, isItsHead: boolean): string {
  if (kept === null) return SKIPPED.unseen;
  const verdict = kept.review?.verdict;
  if (verdict?.kind === "skipped") return SKIPPED[verdict.reason];
  if (findShownChange(kept.record) === null) return "no plan of its newest commit was shown";
  return isItsHead
    ? "its plan was of another state of the branch, on which it changed less, or something else"
    : "what was merged is not the commit that was planned";
}

/** Whether a commit can be the merge of a request: of several parents one is its head, of one parent it may be anything. */
function mayBeOf({ head, merged }: ReviewRecord, { id, parents }: BranchCommit): boolean {
  if (merged !== null) return merged.commit === id;
  return id === head || parents.length < 2 || parents.includes(head);
}
