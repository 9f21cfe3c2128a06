import type { PublishedStatuses, ReviewStatuses } from "../../model/reviews/review-record.ts";
import { compareText } from "../../plan/input/index-world.ts";
import { combineStatuses, type StatusLine } from "../../report/review/describe-review-status.ts";
import type { Peer } from "../review/find-peers.ts";
import { NOT_LOOKED_AT } from "../review/make-review.ts";

/** Both statuses of a commit. */
export type Combined = Pick<ReviewStatuses, "plan" | "apply">;

/** What a target has to say of a commit: as the newest one of a request, or as one of a merge queue. */
export interface CommitReport {
  readonly target: string;
  /** As `nameRequest` names it; null: a merge group. */
  readonly request: string | null;
  /** The request's; of a merge group null. */
  readonly number: number | null;
  readonly place: string;
  /** The branch that it goes to; null: unknown. */
  readonly branch: string | null;
  readonly head: string;
  /** Whether what there is to read stands; a merge group has nothing but its statuses. */
  readonly isSaid: boolean;
  /** Whether it is of a request that was closed, or goes to another branch. */
  readonly isEnded: boolean;
  /** Whether the request is not closed and not merged; of a merge group always. */
  readonly isOpen: boolean;
  /** Whether a merge of the commit was judged: planned, refused, or found not to concern the target. */
  readonly isJudged: boolean;
  /** Whether a rejection stands against it, or may; of a merge group its status says so. */
  readonly isDoubted: boolean;
  readonly statuses: ReviewStatuses;
  readonly told: PublishedStatuses | null;
  readonly pipeline: number | null;
}

/** What is said of a commit of so many requests that not all of them are read. */
export const TOO_MANY: StatusLine = {
  state: "pending",
  description: "too many open requests have this commit: close some of them, or push another commit",
};

/**
 * What is said of a commit: the same for each of its requests, targets and merge groups, in any order. Else each would set what it says
 * over what the others have set, in each round. Throws a RangeError where there is no report.
 */
export function combineReports(peers: readonly Peer[], reports: readonly CommitReport[]): Combined {
  // A request that has ended says nothing of a commit that another one or a merge group has too.
  const lasting = reports.filter(({ isEnded }) => !isEnded);
  const all = (lasting.length > 0 ? lasting : reports).toSorted(inOrder);
  const missing = listMissing(peers, all);
  const combineOne = (which: keyof Combined) => {
    const isIdle = (one: CommitReport) =>
      (isBlank(one, which) && all.some((other) => standsFor(other, one))) ||
      (which === "apply" && isWaiting(one) && all.some((other) => isGroupOf(other, one)));
    const counted = all.filter((one) => !isIdle(one));
    const isShared = new Set(counted.map(({ request }) => request)).size > 1;
    // A comment that reports a problem must never stand beside a status of success.
    const isUnsaid = ({ isSaid, statuses }: CommitReport) => !isSaid && statuses[which].state === "success";
    const unsaid = [...missing, ...counted.filter(isUnsaid).map(({ target }) => target)];
    const told = counted.filter((one) => !isUnsaid(one));
    const statuses = told.map((one) => ({
      target: one.target,
      status: isShared ? nameOrigin(one, which) : one.statuses[which],
    }));
    return combineStatuses(sortByTarget(statuses), [...new Set(unsaid)].sort());
  };
  return { plan: combineOne("plan"), apply: combineOne("apply") };
}

/**
 * Targets that have not looked at the commit yet: those that have neither a verdict on it for their branch nor a report of each request and merge
 * group that goes there. Of requests that are not open any more only where none is open.
 */
function listMissing(peers: readonly Peer[], all: readonly CommitReport[]): readonly string[] {
  const open = all.filter(({ isOpen }) => isOpen);
  const branchOf = new Map(peers.map(({ target, branch }) => [target, branch]));
  const isMissing = ({ target, branch }: Peer) => {
    const own = all.filter((one) => one.target === target);
    if (own.some((one) => isVerdict(one) && one.branch === branch)) return false;
    const looked = new Set(own.map(({ request }) => request));
    const isThere = (one: CommitReport) => branchOf.get(one.target) === branch && !looked.has(one.request);
    return (open.length > 0 ? open : all).some(isThere);
  };
  return peers.filter(isMissing).map(({ target }) => target);
}

function inOrder(one: CommitReport, other: CommitReport): number {
  const [left, right] = [one, other].map(({ request, number, target }) => `${number ?? ""} ${request ?? ""} ${target}`);
  return (one.number ?? 0) - (other.number ?? 0) || compareText(left ?? "", right ?? "");
}

/** Whether it says what a merge of the commit would do. */
function isVerdict({ isOpen, isJudged, isSaid }: CommitReport): boolean {
  return isOpen && isJudged && isSaid;
}

/**
 * Whether an open request's report has nothing to say of its commit: the request is not planned, could not be planned or shown, or was not looked at
 * yet.
 */
function isBlank({ number, isOpen, isJudged, isSaid, statuses }: CommitReport, which: keyof Combined): boolean {
  if (number === null || !isOpen) return false;
  if (!isJudged) return true;
  const { state, description } = statuses[which];
  const isUnknown = state === "success" || state === "error" || description === NOT_LOOKED_AT[which].description;
  return !isSaid && isUnknown;
}

/**
 * Whether a report counts in place of a blank one: the same target judged the same commit for the same branch, where its merge does the same by
 * either request. One more request of a commit, from a fork or as a draft, keeps no other from being merged.
 */
function standsFor(other: CommitReport, blank: CommitReport): boolean {
  const isAnother = other.request !== blank.request && other.target === blank.target;
  return isAnother && isVerdict(other) && isSameBranch(other, blank);
}

/** Whether an open request was planned, and waits for an approval or another merge. */
function isWaiting(one: CommitReport): boolean {
  return one.request !== null && isVerdict(one) && !one.isDoubted && one.statuses.apply.state === "pending";
}

/**
 * Whether a report is of the merge group whose commit a request is at: what it holds was approved on its requests, and the request that was opened of
 * the commit itself is held after its merge. Anyone who may read a queue can open one.
 */
function isGroupOf(group: CommitReport, one: CommitReport): boolean {
  return group.request === null && group.target === one.target && isSameBranch(group, one);
}

function isSameBranch(one: CommitReport, other: CommitReport): boolean {
  return one.branch !== null && one.branch === other.branch;
}

/** Of several requests of a commit, the one that keeps it from its success: by its number, which links no request to another one. */
function nameOrigin({ number, statuses }: CommitReport, which: keyof Combined): StatusLine {
  const { state, description } = statuses[which];
  return number === null || state === "success"
    ? statuses[which]
    : { state, description: `request ${number}: ${description}` };
}

function sortByTarget<T extends { readonly target: string }>(all: readonly T[]): readonly T[] {
  return all.toSorted((one, other) => (one.target < other.target ? -1 : 1));
}
