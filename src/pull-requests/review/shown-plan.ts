import type { Review, ReviewOutcome, ReviewVerdict } from "../../model/reviews/review.ts";
import type { ReviewRecord, ShownPlan } from "../../model/reviews/review-record.ts";

/** What a published review does to what counts as shown: it shows a plan, it shows that there is none, or what was shown before stays. */
type Effect = "plan" | "nothing" | "as before";

/** A verdict without an entry does not compile: whether it shows a plan has to be decided. */
const OF_VERDICT = {
  planned: "plan",
  // Said of one base, it says nothing of another one.
  unconcerned: "nothing",
  invalid: "nothing",
  conflict: "nothing",
  skipped: "nothing",
  failed: "as before",
} as const satisfies Record<ReviewVerdict["kind"], Effect>;

/** While it is open, the verdict decides. */
const OF_OUTCOME = {
  closed: "nothing",
  merged: "as before",
  waiting: "as before",
  held: "as before",
  applied: "as before",
  failed: "as before",
} as const satisfies Record<ReviewOutcome["kind"], Effect>;

/** What counts as shown once a review was published. */
export function nextShownPlan(
  before: ReviewRecord["shown_plan"],
  { head, verdict, outcome }: Review,
): ShownPlan | null {
  const effect = outcome === null ? OF_VERDICT[verdict.kind] : OF_OUTCOME[outcome.kind];
  if (effect === "as before") return before ?? null;
  const isComplete = effect === "plan" && verdict.kind === "planned" && verdict.change !== undefined;
  return isComplete ? { head, change: verdict.change } : null;
}

/**
 * What the plan that was shown of the request's newest commit changes in the manifests, by its hash; null: no plan of it was shown, or
 * the request was closed since. A merge that changes anything else was not shown.
 */
export function findShownChange({ shown_plan, head, outcome }: ReviewRecord): string | null {
  if (outcome?.kind === "closed" || shown_plan?.head !== head) return null;
  return shown_plan.change;
}
