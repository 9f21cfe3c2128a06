import { isDeepStrictEqual } from "node:util";
import type { Change, Plan } from "../model/plan.ts";
import type { PlanParts } from "../model/review.ts";

/** Tells what a request changes from what differs without it: `base` is the plan of its base branch, `merged` that of the merge. */
export function splitPlan(base: Plan, merged: Plan): PlanParts {
  const before = Map.groupBy(base.changes, ({ address }) => address);
  const parts = Map.groupBy(merged.changes, (change): keyof PlanParts => {
    const former = before.get(change.address);
    if (former === undefined) return "request";
    return former.some((other) => hasSameEffect(other, change)) ? "drift" : "both";
  });
  const list = (part: keyof PlanParts) => [...new Set((parts.get(part) ?? []).map(({ address }) => address))];
  return { request: list("request"), drift: list("drift"), both: list("both") };
}

/** Who changed it, and when, is no part of the effect. */
function hasSameEffect(one: Change, other: Change): boolean {
  return isDeepStrictEqual(effectOf(one), effectOf(other));
}

function effectOf({ origin: _origin, changed_by: _by, changed_at: _at, ...effect }: Change) {
  return effect;
}
