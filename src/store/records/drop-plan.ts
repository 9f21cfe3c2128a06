import type { Review } from "../../model/reviews/review.ts";

const REASONS = {
  sealed_since: "shows values that have become sensitive",
  unknown_format: "is of a format that this release does not read",
} as const;

/** A review without its plan, and why it has none. */
export function dropPlan(review: Omit<Review, "verdict">, code: keyof typeof REASONS): Review {
  const message = `Its plan ${REASONS[code]}, so it was dropped. Open requests are planned again.`;
  return { ...review, verdict: { kind: "failed", code, message } };
}
