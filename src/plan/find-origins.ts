import type { Change, Json, JsonObject, Origin } from "../model/plan.ts";
import { isObject, sameJson } from "./compare-fields.ts";
import type { PlanInput } from "./plan-input.ts";

/**
 * Says of each change who caused it, by comparing what was applied last with what is wanted now (a commit) and with what is
 * live (drift). Without a record of what was applied it is unknown.
 */
export function findOrigins(changes: readonly Change[], { owned }: PlanInput): readonly Change[] {
  const applied = new Map(owned.map((object) => [object.address, object.applied as JsonObject | null]));
  return changes.map((change) => {
    const baseline = applied.get(change.address);
    return baseline === undefined || baseline === null ? change : { ...change, origin: originOf(change, baseline) };
  });
}

function originOf({ before, after }: Change, baseline: JsonObject): Origin {
  // An object that is gone, or whose manifest is: only one side can have done that.
  if (after === null) return "commit";
  const committed = !covers(baseline, after);
  const drifted = before === null || !covers(before, baseline);
  if (committed) return drifted ? "both" : "commit";
  return drifted ? "drift" : "unknown";
}

/** Whether the fields that both have are the same; fields of one alone are not compared. */
function covers(one: JsonObject, other: JsonObject): boolean {
  return Object.keys(other).every((key) => {
    const left: Json | undefined = one[key];
    const right: Json | undefined = other[key];
    if (left === undefined || right === undefined) return true;
    return isObject(left) && isObject(right) ? covers(left, right) : sameJson(left, right);
  });
}
