import { isEmptyPlan, type Plan } from "../../model/plan/plan.ts";
import type { Review, ReviewOutcome } from "../../model/reviews/review.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { describeCounts } from "../text/describe-counts.ts";
import { shortenHash } from "../text/format-moment.ts";
import { cleanLine, cutText, cutTo } from "../text/markdown.ts";
import { foreseeMerge, listExceptions, type MergeForesight } from "./foresee-merge.ts";
import { listBlockers } from "./list-blockers.ts";

/** A commit's status, without its name. */
export interface StatusLine {
  readonly state: "pending" | "success" | "failure" | "error";
  /** Plain text of at most {@link LONGEST_DESCRIPTION} characters. */
  readonly description: string;
}

/** The most that GitHub takes, in characters. */
export const LONGEST_DESCRIPTION = 140;

/** What of a review its statuses are made of. */
type JudgedReview = Pick<
  Review,
  "target" | "verdict" | "outcome" | "approval" | "approved" | "pinned_revision" | "rejected_by" | "undecided_by"
>;

/**
 * The statuses `poolkeeper/plan` and `poolkeeper/apply` of a request for one target. Success means that the commit was planned and its plan
 * is applyable: what was not planned, and what was closed, is pending.
 */
export function describeReviewStatus(review: JudgedReview): { readonly plan: StatusLine; readonly apply: StatusLine } {
  if (review.outcome?.kind === "closed") return describeClosed(review.outcome);
  const plan = describePlanStatus(review);
  return { plan, apply: describeApplyStatus(review, plan) };
}

function describePlanStatus({ verdict, target }: JudgedReview): StatusLine {
  switch (verdict.kind) {
    case "planned": {
      const blocked = listBlockers(verdict);
      if (blocked.length > 0) return line("failure", `blocked by ${blocked.join(", ")}`);
      return line("success", describePlan(verdict.plan));
    }
    case "unconcerned":
      return line("success", `no manifest of ${target} changes`);
    case "invalid": {
      const errors = verdict.diagnostics.filter(({ severity }) => severity === "error").length;
      return line("failure", `${countNoun(errors, "error")} in manifests`);
    }
    case "conflict":
      return line("failure", "conflicts with the base branch");
    case "skipped":
      return line(verdict.passes === true ? "success" : "pending", NOT_PLANNED[verdict.reason]);
    case "failed":
      return line("error", `could not be planned: ${verdict.message}`);
  }
}

/** With the digest, so that it is shown in two places before a merge. */
function describePlan(plan: Plan): string {
  const counts = describeCounts(plan.summary);
  if (isEmptyPlan(plan)) return counts || "no changes";
  return `${counts || "to finish"}, digest ${showDigest(plan.digest)}`;
}

/** Why a request was not planned, in words. */
export const NOT_PLANNED = {
  fork: "not planned: comes from a fork",
  draft: "not planned: is a draft",
  label: "not planned: excluded by its label",
  unseen: "not planned: merged before it was read",
} as const;

/** A commit outlives its request: one that is opened with the same commit is not green before it was planned. */
function describeClosed({ base }: Extract<ReviewOutcome, { kind: "closed" }>) {
  const closed = line("pending", base === undefined ? "closed without a merge" : `goes to ${base} now`);
  return { plan: closed, apply: closed };
}

function describeApplyStatus(review: JudgedReview, plan: StatusLine): StatusLine {
  const { verdict, outcome } = review;
  if (outcome !== null && outcome.kind !== "closed") return describeOutcomeStatus(outcome);
  // Both statuses fail for a plan that can't be applied: either of them may be the one that a merge requires.
  if (plan.state !== "success") return plan;
  if (verdict.kind === "unconcerned") return plan;
  if (verdict.kind !== "planned") return line("success", "an approval is needed after the merge");
  return isEmptyPlan(verdict.plan) ? line("success", "nothing to apply") : describeWaiting(review, verdict);
}

function describeWaiting(
  { approval, approved, pinned_revision, rejected_by, undecided_by }: JudgedReview,
  verdict: Extract<Review["verdict"], { kind: "planned" }>,
): StatusLine {
  if (rejected_by !== undefined && approved !== null && approved.by === null) {
    return describeRejected(rejected_by, verdict.plan.digest);
  }
  if (undecided_by !== undefined && approved !== null) return describeUndecided(undecided_by);
  if (approval === "explicit" && approved !== null && approved.by === null) {
    return needs(verdict.plan.digest, approved.lost);
  }
  const foresight = foreseeMerge(verdict);
  const { behind } = foresight;
  if (behind.length > 0) return line("pending", `waits for request ${behind.join(", ")}`);
  if (pinned_revision !== undefined)
    return line("success", `not applied while pinned to ${shortenHash(pinned_revision)}`);
  const by = approved?.by ?? null;
  const approvedBy = by === null ? "" : `approved by ${by}, `;
  return line("success", `${approvedBy}${describeApplied(foresight)}`);
}

function describeApplied(foresight: MergeForesight): string {
  const { wait, runs } = foresight;
  if (wait?.isAll === true) return `waits after the merge until ${wait.until}`;
  const exceptions = listExceptions(foresight, false).join(" and ");
  if (!runs) return `nothing applied by the merge: ${exceptions}`;
  return exceptions === "" ? "applied after the merge" : `applied after the merge, but ${exceptions}`;
}

function describeOutcomeStatus(outcome: Exclude<ReviewOutcome, { kind: "closed" }>): StatusLine {
  switch (outcome.kind) {
    case "merged":
      return line("pending", "merged, to be applied next");
    case "waiting":
      return line("pending", outcome.message);
    case "held":
      if (outcome.rejected_by !== undefined) return describeRejected(outcome.rejected_by, outcome.digest);
      if (outcome.undecided_by !== undefined) return describeUndecided(outcome.undecided_by);
      return outcome.awaits_comments === true
        ? line("pending", "its approval is handed on once comments are read")
        : needs(outcome.digest);
    case "applied":
      return line("success", `applied in revision ${shortenHash(outcome.revision)}`);
    case "failed":
      return line("failure", outcome.message);
  }
}

/** With what takes it back, which a long name does not push out. */
function describeRejected(by: string, digest: string): StatusLine {
  return line("failure", `rejected by ${cutText(by, 40)}, needs \`poolkeeper approve ${showDigest(digest)}\``);
}

/** No green that would have to be taken back. */
function describeUndecided(by: string): StatusLine {
  return line(
    "pending",
    `the forge does not say whether the rejection by ${cutText(by, 40)} counts; retried automatically`,
  );
}

/** `lost`: who approved it and may not write any more. */
function needs(digest: string, lost?: string): StatusLine {
  const why = lost === undefined ? "" : `: ${cutText(lost, 40)} approved it and has no write access any more`;
  return line("pending", `needs \`poolkeeper approve ${showDigest(digest)}\`${why}`);
}

function line(state: StatusLine["state"], text: string): StatusLine {
  return { state, description: cutStatus(text.trim(), LONGEST_DESCRIPTION) };
}

/**
 * A status's text in one line of at most `most` characters. A command or a digest is whole or not there: a part of it would be of no use,
 * or name something else.
 */
export function cutStatus(text: string, most: number): string {
  const cut = cutTo(text, most, cleanLine);
  if (!cut.endsWith(CUT)) return cut;
  const kept = cut.slice(0, -CUT.length);
  const isOpen = kept.split("`").length % 2 === 0;
  const words = (isOpen ? kept.slice(0, kept.lastIndexOf("`")) : kept).split(" ");
  const isPart = /^[0-9a-f]+$/.test(words.at(-1) ?? "");
  return `${words.slice(0, isPart ? -1 : words.length).join(" ")}${CUT}`;
}

const CUT = "…";

/** The status of one of several targets. */
export interface TargetStatus {
  readonly target: string;
  readonly status: StatusLine;
}

const WORST_FIRST = ["error", "failure", "pending", "success"] as const;

/**
 * One status for several targets that share a repository: the worst counts, and its target is named: `staging: blocked by black-hole; 2
 * others fine`. `awaited`: targets that have not processed the commit yet; it is pending at best while there are any. That of a single
 * target stays as it is. Throws a RangeError where there is none at all.
 */
export function combineStatuses(statuses: readonly TargetStatus[], awaited: readonly string[] = []): StatusLine {
  const waiting = awaited.map((target) => ({ target, status: AWAITED }));
  const all = [...statuses, ...waiting];
  const [worst, ...others] = all.toSorted((left, right) => rankOf(left) - rankOf(right));
  if (worst === undefined) throw new RangeError("There is no status to combine");
  if (worst.status === AWAITED) return line("pending", `waiting for: ${awaited.join(", ")}`);
  if (others.length === 0) return worst.status;
  const { state } = worst.status;
  const summary = all.map(({ target, status }) => `${target}: ${status.description}`).join("; ");
  if (state === "success" && summary.length <= LONGEST_DESCRIPTION) return line(state, summary);
  const rest = describeOthers(others);
  return { state, description: `${nameStatus(worst, LONGEST_DESCRIPTION - rest.length)}${rest}` };
}

/** A target's status with its name, which is shortened before the description. */
function nameStatus({ target, status: { description } }: TargetStatus, most: number): string {
  const room = most - description.length - 2;
  const name = room < SHORTEST_NAME ? target : cutText(target, room);
  return cutStatus(`${name}: ${description}`, most);
}

/** In characters: a name that has less room is no name any more. */
const SHORTEST_NAME = 12;

/** Of a target that has not processed the commit yet. */
const AWAITED: StatusLine = { state: "pending", description: "not processed yet" };

function describeOthers(others: readonly TargetStatus[]): string {
  const count = (matches: (state: StatusLine["state"]) => boolean) =>
    others.filter(({ status }) => matches(status.state)).length;
  const counts = [
    [count((state) => state === "error" || state === "failure"), "failed"],
    [count((state) => state === "pending"), "pending"],
    [count((state) => state === "success"), "fine"],
  ] as const;
  const words = counts
    .filter(([number]) => number > 0)
    .map(([number, word], index) => `${index === 0 ? countNoun(number, "other") : number} ${word}`);
  return `; ${words.join(", ")}`;
}

function rankOf({ status }: TargetStatus): number {
  return WORST_FIRST.indexOf(status.state);
}
