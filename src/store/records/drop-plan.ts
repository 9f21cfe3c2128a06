import type { Review } from "../../model/review.ts";

/** A review without its plan, which shows what is sensitive since. */
export function dropPlan(review: Review): Review {
  const message =
    "More of what its plan shows is sensitive since then, so that the plan is not kept. A request that is open is planned again.";
  return { ...review, verdict: { kind: "failed", code: "sealed_since", message } };
}
