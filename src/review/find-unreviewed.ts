import type { PullRequest } from "../forge/forge.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { SkipReason } from "../model/review.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import type { FindUnreviewed, UnreviewedCommit } from "../model/unreviewed.ts";
import type { BranchCommit } from "../source/proposals.ts";
import { hasShownPlan, isMergedAs } from "./prove-merges.ts";
import type { ReviewTools } from "./review-tools.ts";

type FinderTools = Pick<ReviewTools, "forge" | "pass" | "proposals" | "proveMerge">;

/** A forge is asked about a commit so often before it counts as pushed: it may learn of a merge a little after its branch has it. */
const MOST_ASKED = 3;

/**
 * Finds the commits of a branch that came by the merge of a request of which no plan could be reviewed. A commit counts as reviewed
 * where its manifests are what the merge of a head gives whose plan was shown: that is proven by git, whatever way it was merged, and
 * needs no forge. For any other commit the forge is asked for the request that was merged as it; a commit of none was pushed by
 * somebody who may. Level-triggered: it rests on the repository, the forge and the records of requests, and on no webhook. Where the
 * forge can't be asked, the commit counts as unreviewed until it can.
 */
export function createUnreviewedFinder(tools: FinderTools): FindUnreviewed {
  const { forge, pass, proposals, proveMerge } = tools;
  const { records, config } = pass;
  const branch = config.source.kind === "repository" ? config.source.branch : "";
  /** What can't change any more; it is forgotten with the process, and found again. */
  const asked = new Map<string, { readonly request: PullRequest | null; readonly times: number }>();

  const findRequest = async (commit: string) => {
    const known = asked.get(commit);
    if (known !== undefined && (known.request !== null || known.times >= MOST_ASKED)) return known.request;
    const request = await forge.findMerged(branch, commit);
    asked.set(commit, { request, times: (known?.times ?? 0) + 1 });
    return request;
  };
  const isShown = async (record: ReviewRecord, commit: BranchCommit, before: readonly BranchCommit[]) =>
    hasShownPlan(record) && (await isMergedAs(proveMerge, record, commit, before));
  const judge = async (
    commit: BranchCommit,
    before: readonly BranchCommit[],
    known: readonly ReviewRecord[],
  ): Promise<UnreviewedCommit | null> => {
    for (const record of known) if (mayBeOf(record, commit) && (await isShown(record, commit, []))) return null;
    const request = await findRequest(commit.id);
    if (request === null) return null;
    const kept = await records.readReview(config.name, request.number);
    if (kept !== null && (await isShown(kept.record, commit, before))) return null;
    const verdict = kept?.review?.verdict;
    const why =
      kept === null
        ? "it was merged before it was looked at"
        : verdict?.kind === "skipped"
          ? SKIPPED[verdict.reason]
          : hasShownPlan(kept.record)
            ? "what was merged is not the commit that was planned"
            : "its newest commit was not planned";
    return { commit: commit.id, request: { number: request.number, title: request.title }, why };
  };
  return async (from, to) => {
    if (from === null || from === to) return [];
    const commits = (await proposals.listCommits(from, to)) ?? [];
    if (commits.length === 0) return [];
    const known = await records.readReviews(config.name);
    const found: UnreviewedCommit[] = [];
    for (const [index, commit] of commits.entries()) {
      const one = await judge(commit, commits.slice(0, index), known).catch((error: unknown) => {
        if (!(error instanceof OperationalError) || !error.code.startsWith("forge_")) throw error;
        return { commit: commit.id, request: null, why: `the forge could not be asked how it came (${error.code})` };
      });
      if (one !== null) found.push(one);
    }
    return found;
  };
}

const SKIPPED = {
  fork: "it comes from a fork",
  draft: "it was a draft",
  label: "a label kept it from being planned",
  unseen: "it was merged before it was looked at",
} as const satisfies Record<SkipReason, string>;

/** Whether a commit can be the merge of a request: of several parents one is its head, of one parent it may be anything. */
function mayBeOf({ head, merged }: ReviewRecord, { id, parents }: BranchCommit): boolean {
  if (merged !== null) return merged.commit === id;
  return id === head || parents.length < 2 || parents.includes(head);
}
