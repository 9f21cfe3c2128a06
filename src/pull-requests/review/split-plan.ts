import { isDeepStrictEqual } from "node:util";
import type { Change, Plan } from "../../model/plan/plan.ts";
import type { PlanParts } from "../../model/reviews/review.ts";

/**
 * Separates what a request changes from what differs without it: `base` is the plan of its base branch, `merged` that of the merge.
 * `isDrift` judges the changes of the former: all others were committed and are not applied yet.
 */
export function splitPlan(base: Plan, merged: Plan, isDrift: (change: Change) => boolean): Required<PlanParts> {
  const before = Map.groupBy(base.changes, ({ address }) => address);
  const parts = Map.groupBy(merged.changes, (change): keyof PlanParts => {
    const former = before.get(change.address);
    if (former === undefined) return "request";
    const same = former.find((other) => hasSameEffect(other, change));
    if (same === undefined) return "both";
    return isDrift(same) ? "drift" : "earlier";
  });
  const list = (part: keyof PlanParts) => [...new Set((parts.get(part) ?? []).map(({ address }) => address))];
  return { request: list("request"), drift: list("drift"), earlier: list("earlier"), both: list("both") };
}

/** Who changed it, and when, is no part of the effect. */
function hasSameEffect(one: Change, other: Change): boolean {
  return isDeepStrictEqual(effectOf(one), effectOf(other));
}

function effectOf({ origin: _origin, fields: _fields, changed_by: _by, changed_at: _at, ...effect }: Change) {
  return effect;
}
