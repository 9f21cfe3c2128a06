import type { PullRequest } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { SkipReason } from "../model/review.ts";
import type { KeptReview, ReviewRecord } from "../model/review-record.ts";
import type { FindUnreviewed, UnreviewedCommit } from "../model/unreviewed.ts";
import type { BranchCommit } from "../source/proposals.ts";
import { branchOf } from "./branch-of.ts";
import type { ReviewTools } from "./review-tools.ts";
import { findShownChange } from "./shown-plan.ts";

type FinderTools = Pick<ReviewTools, "forge" | "pass" | "proposals" | "findChange">;

/** A forge is asked about a commit so often before it counts as pushed: it may learn of a merge a little after its branch has it. */
const MOST_ASKED = 3;
/** Of commits that so many have followed it has long learned. */
const RECENT = 10;
/** Of a line of more commits that no request explains, it is not asked on: no forge rebases so many. */
const LONGEST_LINE = 250;
/** So many applied revisions can be gone back to without an approval. */
const MOST_APPLIED = 1000;

/**
 * Finds the commits of a branch that came by the merge of a request of which no plan could be reviewed. Commits count as reviewed where
 * they change in the manifests exactly what a plan that was shown changes, file by file, from the same content to the same: that is
 * proven by git, whatever way they were merged, and needs no forge. What a review said of another base counts for nothing else. For others the forge is asked for the request that was merged as them; those of none, which are of no request that is still
 * open either, were pushed by somebody who may.
 *
 * A rebase or a fast-forward puts a line of commits on the branch, and a forge may know the last one alone. So commits that nothing
 * explains are kept together, until one that follows is explained, or is a merge, or the branch was seen at one of them: what comes
 * afterwards came on its own. What is proven is proven of the whole line: a plan that shows its end alone may hide what came before. Where the branch was seen counts for what the passes saw that followed it.
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

  const explain = async (
    line: readonly BranchCommit[],
    known: readonly ReviewRecord[],
    isRecent = true,
  ): Promise<Explained> => {
    const [newest] = line.slice(-1);
    if (newest === undefined) return "nothing";
    const change = await looks.findChange(line);
    // What takes back what it did changes nothing that could be shown.
    if (change === "none") return "reviewed";
    const isShown = (record: ReviewRecord) => mayBeOf(record, newest) && findShownChange(record) === change;
    if (known.some(isShown)) return "reviewed";
    const request = await looks.findRequest(newest.id, isRecent ? MOST_ASKED : 1);
    if (request === null) return "nothing";
    const kept = await records.readReview(config.name, request.number);
    if (kept !== null && isShown(kept.record)) return "reviewed";
    return { request, why: explainMerge(kept, kept !== null && (await looks.isMergeOf(line, kept.record.head))) };
  };

  /** What can't be told commit by commit may still be the merge of one request as a whole, as of a branch that was brought up to date. */
  const judgeWhole = async (
    { from, to }: { readonly from: string; readonly to: string },
    known: readonly ReviewRecord[],
  ) => {
    const explained = await orUntold(() => explain([{ id: to, parents: [from], changes: true }], known));
    if (explained === "reviewed") return [];
    const { request, why } = explained === "nothing" ? { request: null, why: UNLISTED } : explained;
    return [{ commit: to, request: request === null ? null : { number: request.number, title: request.title }, why }];
  };

  return async (state, to, pinned = false) => {
    if (pinned) return (await wasApplied(to)) ? [] : [{ commit: to, request: null, why: NEVER_APPLIED }];
    const from = state?.applied_revision ?? state?.first_revision ?? null;
    if (from === null || from === to) return [];
    const commits = await proposals.listCommits(from, to);
    // What was applied once is no news, though somebody went back from it meanwhile.
    if (commits?.length === 0 || (await wasApplied(to))) return [];
    const known = await records.readReviews(config.name);
    if (commits === null) return judgeWhole({ from, to }, known);
    const seen = new Set(state?.heads);
    const found: UnreviewedCommit[] = [];
    let line: BranchCommit[] = [];
    const endLine = (unreviewed: Unreviewed | null) => {
      const { request = null, why = "" } = unreviewed ?? {};
      const named = request === null ? null : { number: request.number, title: request.title };
      const changing = unreviewed === null ? [] : line.filter(({ changes }) => changes);
      found.push(...changing.map(({ id }) => ({ commit: id, request: named, why })));
      line = [];
    };
    /** They were pushed, unless they are of a request whose merge the forge has not finished. */
    const endUnexplained = async () => endLine(await orUntold(() => looks.findUnfinished(line)));
    for (const [index, commit] of commits.entries()) {
      const isMerge = commit.parents.length > 1;
      if (isMerge) await endUnexplained();
      // Before the first change there is nothing to explain.
      if (!commit.changes && line.length === 0) continue;
      line.push(commit);
      const isRecent = commits.length - index <= RECENT;
      const explained = line.length > LONGEST_LINE ? TOO_LONG : await orUntold(() => explain(line, known, isRecent));
      if (explained === "reviewed") endLine(null);
      else if (explained !== "nothing") endLine(explained);
      else if (isMerge || seen.has(commit.id)) await endUnexplained();
    }
    await endUnexplained();
    return found;
  };
}

/** What is known of how commits came: by a plan that was shown, by a request without one, or nothing. */
type Explained = "reviewed" | "nothing" | Unreviewed;

/** A request that nobody could review; null: how the commits came can't be told. */
interface Unreviewed {
  readonly request: Pick<PullRequest, "number" | "title"> | null;
  readonly why: string;
}

const NEVER_APPLIED = "somebody went back to it by hand, and it was never applied here";

const UNLISTED =
  "what the branch got since the revision that was applied last can't be told: that revision is not on its line any more, or too many commits came";

const TOO_LONG: Unreviewed = {
  request: null,
  why: `more than ${LONGEST_LINE} commits came at once, of which the forge knows no request`,
};

/** What commits are compared with and asked about. What can't change any more is forgotten with the process, and found again. */
function openLooks({ forge, pass, proposals, findChange }: FinderTools) {
  const branch = branchOf(pass);
  const asked = new Map<string, { readonly request: PullRequest | null; readonly times: number }>();
  const findRequest = async (commit: string, most: number) => {
    const known = asked.get(commit);
    if (known !== undefined && (known.request !== null || known.times >= most)) return known.request;
    const request = await forge.findMerged(branch, commit);
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
  return {
    findRequest,
    isMergeOf,
    findChange: async (line: readonly BranchCommit[]) => {
      const [onto, last] = endsOf(line);
      return last === undefined || onto === undefined ? "unknown" : findChange(onto, last);
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
async function orUntold<T>(task: () => Promise<T>): Promise<T | Unreviewed> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationalError) || !error.code.startsWith("forge_")) throw error;
    return { request: null, why: `the forge could not be asked how it came (${error.code})` };
  }
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
