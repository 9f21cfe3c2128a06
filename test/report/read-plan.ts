import type { Plan } from "../../src/model/plan/plan.ts";
import { planCase } from "../plan/plan-case.ts";

/** The plan of one of the planner's cases, as it is read from a file. */
export function readPlan(situation: string): Plan {
  return JSON.parse(JSON.stringify(planCase(situation)));
}

/** The steps of a plan as if they had ended so; by default each was applied. */
export function endSteps(plan: Plan, statusOf: (id: string) => "applied" | "waiting" | "skipped" | undefined) {
  return plan.steps.map(({ id, address, kind, physical_name, op, phase, until }) => {
    const status = statusOf(id) ?? "applied";
    const message = status === "applied" ? null : "why";
    return { id, address, kind, physical_name, op, phase, until, status, message, code: null, because: null };
  });
}
