import type { Address } from "../address.ts";
import type { Change, Disruption, Plan, PlanEffect } from "./plan.ts";
import { GRADES, type Grade } from "./plan.ts";
import { isPutBack, isPutBackStep } from "./put-back.ts";
import type { Op, Step } from "./step.ts";

/**
 * What a plan does at each address: what it takes to run without an approval, and what it disrupts. An address without a change of its own has
 * steps alone: the rest of an earlier replacement, where the former registration is deleted. Put-backs are left out: no one decides about them.
 * The only rule of its kind: approvals, guards, comments, pages and texts read it.
 */
export function classifyChanges({ changes, steps }: Pick<Plan, "changes" | "steps">): readonly PlanEffect[] {
  const own = Map.groupBy(
    steps.filter((step) => !isPutBackStep(step)),
    ({ address }) => address,
  );
  const changed = new Map(changes.filter((change) => !isPutBack(change)).map((change) => [change.address, change]));
  const addresses = new Set<Address>([...changed.keys(), ...own.keys()]);
  return [...addresses].map((address) => ({
    address,
    ...classifyChange(changed.get(address) ?? null, own.get(address) ?? []),
  }));
}

/** The same for one address: its change, or null where it has none, and its steps. */
export function classifyChange(change: Change | null, steps: readonly Step[]): Omit<PlanEffect, "address"> {
  const disruption = findDisruption(change, steps);
  return { grade: disruption === "none" ? gradeHarmless(change, steps) : "all", disruption };
}

/** Whether what is needed is above what a grade allows. */
export function exceeds(needed: Grade, granted: Grade): boolean {
  return GRADES.indexOf(needed) > GRADES.indexOf(granted);
}

function findDisruption(change: Change | null, steps: readonly Step[]): Disruption {
  const has = (op: Op) => steps.some((step) => step.op === op);
  if (change?.action === "replace") return "replace";
  if (change?.action === "delete" || has("delete")) return "delete";
  if (change?.action === "move" || has("move")) return "move";
  // What is created out of service is judged as it will be when only the rest of it is planned again.
  const drains = change?.after?.state === "drained" && change.before?.state !== "drained";
  return drains || has("drain") ? "drain" : "none";
}

/** What is created is brought up to date and put into service on the way: that is part of its creation. */
function gradeHarmless(change: Change | null, steps: readonly Step[]): Grade {
  if (change?.action === "create" || change?.action === "restore") return "create";
  if (change?.action === "update") return "update";
  // An object that stays as it is may have to be set back from what it was made temporarily.
  if (steps.some(({ op }) => op === "update" || op === "activate")) return "update";
  return steps.some(({ op }) => op === "create" || op === "undelete") ? "create" : "none";
}
