import type { Address } from "../../model/address.ts";
import { GRADES, type Grade } from "../../model/daemon-config.ts";
import type { Change, Plan, Step } from "../../model/plan.ts";

/** Ops that take something out of service, away, or elsewhere. */
const DISRUPTIVE_OPS: ReadonlySet<string> = new Set(["delete", "drain", "move"]);

/**
 * What it takes for each change of a plan to run without being asked, by its effect. What a plan does at an address
 * without a change of its own there (the rest of a replacement: the old registration goes) is graded by its steps.
 */
export function gradePlan(plan: Pick<Plan, "changes" | "steps">): ReadonlyMap<Address, Grade> {
  const steps = Map.groupBy(plan.steps, (step) => step.address);
  const grades = new Map<Address, Grade>();
  for (const change of plan.changes) {
    const grade = gradeEffect(change, steps.get(change.address) ?? []);
    // An object that stays as it is may have to be set back from what it was made to be for the time being.
    if (exceeds(grade, grades.get(change.address) ?? "none")) grades.set(change.address, grade);
    else if (!grades.has(change.address)) grades.set(change.address, "none");
  }
  for (const [address, own] of steps) if (!grades.has(address)) grades.set(address, gradeSteps(own));
  return grades;
}

/**
 * The grade of one change of a plan. `create`: something comes that was not there. `update`: it changes in place. `all`: it is moved,
 * replaced, drained or deleted, or something is for its sake. `none`: nothing is written.
 */
export function gradeChange(change: Change, plan: Pick<Plan, "steps">): Grade {
  return gradeEffect(
    change,
    plan.steps.filter((step) => step.address === change.address),
  );
}

/** Whether a grade lets through less than what is needed. */
export function exceeds(needed: Grade, granted: Grade): boolean {
  return GRADES.indexOf(needed) > GRADES.indexOf(granted);
}

function gradeEffect({ actions, action_reason, before, after }: Change, steps: readonly Step[]): Grade {
  const drains = after?.state === "drained" && before?.state !== "drained";
  if (actions.includes("delete") || action_reason === "move" || drains) return "all";
  const byActions = actions.includes("update") ? "update" : actions.includes("create") ? "create" : "none";
  const bySteps = gradeSteps(steps);
  // What comes anew is brought up to date and put into service on the way: that is part of its creation.
  if (byActions === "create" && bySteps === "update") return "create";
  return exceeds(bySteps, byActions) ? bySteps : byActions;
}

function gradeSteps(steps: readonly Step[]): Grade {
  if (steps.some(({ op }) => DISRUPTIVE_OPS.has(op))) return "all";
  if (steps.some(({ op }) => op === "update" || op === "activate")) return "update";
  return steps.some(({ op }) => op === "create" || op === "undelete") ? "create" : "none";
}
