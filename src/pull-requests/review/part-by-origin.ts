import type { Origin, Plan } from "../../model/plan/plan.ts";
import type { PlanParts } from "../../model/reviews/review.ts";

/** Which part of a plan a change is in. Without a baseline, the request counts as the cause. */
const PART: Readonly<Record<Origin, keyof PlanParts>> = {
  commit: "request",
  unknown: "request",
  drift: "drift",
  both: "both",
};

/** The parts of one plan by what it knows itself: with a store it knows what was applied last, without one nothing is drift. */
export function partByOrigin({ changes }: Plan): PlanParts {
  const pick = (part: keyof PlanParts) =>
    changes.filter(({ origin }) => PART[origin] === part).map(({ address }) => address);
  return { request: pick("request"), drift: pick("drift"), both: pick("both") };
}
