import type { Review } from "../../model/reviews/review.ts";

const PLANNED_AGAIN = "so it was dropped. Open requests are planned again.";

const REASONS = {
  sealed_since: `shows values that have become sensitive, ${PLANNED_AGAIN}`,
  too_large:
    "does not fit into the store with the other plans of this target's requests, so it was dropped once it was published.",
  unknown_format: `has a format that this release can't read, ${PLANNED_AGAIN}`,
} as const;

/** A review without its plan, and why it has none. */
export function dropPlan(review: Omit<Review, "verdict">, code: keyof typeof REASONS): Review {
  return { ...review, verdict: { kind: "failed", code, message: `Its plan ${REASONS[code]}` } };
}
