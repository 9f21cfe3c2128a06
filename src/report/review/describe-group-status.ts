import type { Review, SkipReason } from "../../model/reviews/review.ts";
import {
  cutStatus,
  describeReviewStatus,
  LONGEST_DESCRIPTION,
  NOT_PLANNED,
  type StatusLine,
} from "./describe-review-status.ts";

/** What is known of a commit of a merge queue, for one target. */
export interface GroupFacts {
  readonly target: string;
  /** What the branch would be with it. */
  readonly verdict: Review["verdict"];
  /** The request whose changes no shown plan accounts for, and why it has none where that is known; null: all are accounted for. */
  readonly unproven: { readonly number: number; readonly reason: SkipReason | null } | null;
  /** The requests in it, with what keeps each of them from being applied. */
  readonly members: readonly { readonly number: number; readonly apply: StatusLine }[];
  /** Whether a temporary condition was waited for long enough. */
  readonly isGivenUp: boolean;
}

/**
 * The two statuses of a commit of a merge queue. Success means that it was planned, that its plan is applyable, and that it holds nothing
 * but merges of requests whose plans were shown. A failure removes a request from its queue, so a temporary condition (an outage, a request
 * that is being planned) is pending first.
 */
export function describeGroupStatus(facts: GroupFacts): { readonly plan: StatusLine; readonly apply: StatusLine } {
  const { target, verdict, unproven, members, isGivenUp } = facts;
  // Whether its requests are approved is a matter of each of them.
  const own = describeReviewStatus({ target, verdict, outcome: null, approval: "merge", approved: null });
  if (unproven !== null && unproven.reason !== null) {
    return both("failure", `request ${unproven.number} was ${NOT_PLANNED[unproven.reason]}`);
  }
  if (verdict.kind === "failed" && !isGivenUp) return both("pending", `not planned yet: ${verdict.message}`);
  if (own.plan.state !== "success") return own;
  if (unproven !== null) {
    return isGivenUp
      ? both("failure", `no plan was shown for its part of request ${unproven.number}`)
      : both("pending", `waits for the plan of request ${unproven.number}`);
  }
  const of = (state: StatusLine["state"]) => members.find(({ apply }) => apply.state === state);
  const stopped = of("failure") ?? of("pending");
  if (stopped === undefined) return own;
  const { number, apply } = stopped;
  return { plan: own.plan, apply: line(apply.state, `request ${number}: ${apply.description}`) };
}

function both(state: StatusLine["state"], text: string) {
  return { plan: line(state, text), apply: line(state, text) };
}

function line(state: StatusLine["state"], text: string): StatusLine {
  return { state, description: cutStatus(text.trim(), LONGEST_DESCRIPTION) };
}
