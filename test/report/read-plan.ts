import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../src/model/plan.ts";

/** The folder of the situations that the planner is held to. */
export const CASES = join(import.meta.dirname, "..", "plan", "cases");

/** The plan of one of them. */
export function readPlan(situation: string): Plan {
  return JSON.parse(readFileSync(join(CASES, situation, "plan.json"), "utf8"));
}

/** The steps of a plan as if they had ended so; by default each was applied. */
export function endSteps(plan: Plan, statusOf: (id: string) => "applied" | "waiting" | "skipped" | undefined) {
  return plan.steps.map(({ id, address, kind, physical_name, op, until }) => {
    const status = statusOf(id) ?? "applied";
    const message = status === "applied" ? null : "why";
    return { id, address, kind, physical_name, op, until, status, message, code: null, because: null };
  });
}
