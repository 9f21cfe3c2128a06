import type { Review } from "../../model/review.ts";

/** A review without its plan, which shows what is sensitive since. */
export function dropPlan(review: Review): Review {
  const message =
    "Its plan shows values that have become sensitive, so it was dropped. Open requests are planned again.";
  return { ...review, verdict: { kind: "failed", code: "sealed_since", message } };
}
