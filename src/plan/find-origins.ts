import type { Address } from "../model/address.ts";
import type { Change, Json, JsonObject, Origin } from "../model/plan.ts";
import { isObject, sameJson } from "./compare-fields.ts";
import type { PlanInput } from "./plan-input.ts";

/**
 * Says of each change who caused it, by comparing what was applied last with what is wanted now (a commit) and with what is
 * live (drift). Without a record of what was applied it is unknown.
 */
export function findOrigins(changes: readonly Change[], input: PlanInput): readonly Change[] {
  const { owned, desired } = input;
  const isOurs = recogniseOwnTraces(input);
  const applied = new Map(owned.map((object) => [object.address, object.applied as JsonObject | null]));
  const formerOf = new Map<Address, Address>(
    [...desired.pools, ...desired.clusters, ...desired.queues].flatMap(({ address, kind, previously }) =>
      previously === null ? [] : [[address, `${kind}.${previously}`] as const],
    ),
  );
  return changes.map((change) => {
    const { address } = change;
    const baseline = applied.get(address) ?? applied.get(formerOf.get(address) ?? address);
    if (baseline === undefined || baseline === null) return change;
    const origin = originOf(change, baseline);
    return { ...change, origin: origin === "drift" && isOurs(change) ? "unknown" : origin };
  });
}

/** What an interrupted run may have left is no drift for certain: it wrote there itself, and did not come to its end. */
function recogniseOwnTraces({ settle, narrowed }: PlanInput): (change: Change) => boolean {
  const unfinished = new Set(settle);
  const writtenOut = new Set(narrowed);
  return ({ address, physical_name }) =>
    unfinished.has(address) || (address.startsWith("queue.") && writtenOut.has(physical_name));
}

/** A cluster's own queue is in service and names its cluster whenever it was applied: no manifest says otherwise. */
function withImplied({ address, physical_name }: Change, baseline: JsonObject): JsonObject {
  if (!address.startsWith("cluster.")) return baseline;
  const queue = isObject(baseline.queue) ? baseline.queue : {};
  return { ...baseline, queue: { state: "active", clusters: [physical_name], ...queue } };
}

function originOf(change: Change, baseline: JsonObject): Origin {
  const { before, after } = change;
  // An object that is gone, or whose manifest is: only one side can have done that.
  if (after === null) return "commit";
  const { committed, drifted } =
    before === null
      ? { ...compareFields(baseline, after, baseline), drifted: true }
      : compareFields(before, after, withImplied(change, baseline));
  // A change that was carried out in part is this revision's still: what was applied last is another one.
  if (drifted && !committed && before !== null && isUnderWay(before, after, baseline)) return "both";
  if (committed) return drifted ? "both" : "commit";
  return drifted ? "drift" : "unknown";
}

/** Whether a field that is as wanted by now was not wanted so when the object was applied last. */
function isUnderWay(before: JsonObject, after: JsonObject, baseline: JsonObject): boolean {
  return Object.keys(after).some((key) => key in before && key in baseline && !sameJson(after[key], baseline[key]));
}

interface Causes {
  readonly committed: boolean;
  readonly drifted: boolean;
}

/** Looks at the fields that a change changes. A field that one side alone has tells nothing of who changed it. */
function compareFields(before: JsonObject, after: JsonObject, baseline: JsonObject): Causes {
  const shared = Object.keys(after).filter((key) => key in before && key in baseline);
  return combine(shared.map((key) => compareValues(before[key], after[key], baseline[key])));
}

/** Within a field, an entry that is missing is a difference like any other. */
function compareValues(live: Json | undefined, wanted: Json | undefined, applied: Json | undefined): Causes {
  if (sameJson(live, wanted)) return { committed: false, drifted: false };
  if (!isObject(live) || !isObject(wanted) || !isObject(applied)) {
    return { committed: !sameJson(wanted, applied), drifted: !sameJson(live, applied) };
  }
  const keys = new Set([...Object.keys(live), ...Object.keys(wanted)]);
  return combine([...keys].map((key) => compareValues(live[key], wanted[key], applied[key])));
}

function combine(causes: readonly Causes[]): Causes {
  return {
    committed: causes.some((cause) => cause.committed),
    drifted: causes.some((cause) => cause.drifted),
  };
}
