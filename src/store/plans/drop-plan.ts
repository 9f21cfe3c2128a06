import type { Review } from "../../model/reviews/review.ts";

const REASONS = {
  sealed_since: "shows values that have become sensitive",
  unknown_format: "has a format that this release can't read",
} as const;

/** A review without its plan, and why it has none. */
export function dropPlan(review: Omit<Review, "verdict">, code: keyof typeof REASONS): Review {
  const message = `Its plan ${REASONS[code]}, so it was dropped. Open requests are planned again.`;
  return { ...review, verdict: { kind: "failed", code, message } };
}
