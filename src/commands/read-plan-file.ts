import { readFileSync } from "node:fs";
import { OperationalError } from "../model/operational-error.ts";
import type { Plan } from "../model/plan.ts";
import { sealOf } from "../plan/digest-plan.ts";

/** A saved plan that can't be applied any more; exit code 5. */
export class StalePlanError extends OperationalError {
  constructor(message: string) {
    super("stale_plan", message, { next: "stop" });
    this.name = "StalePlanError";
  }
}

/**
 * Reads a saved plan. Throws an OperationalError when the file is none, and a StalePlanError when it was altered since it was
 * saved.
 */
export function readPlanFile(file: string): Plan {
  const plan = parsePlan(file);
  if (plan.format_version !== "1.0") {
    throw notAPlan(file, `its format ${String(plan.format_version)} is not known to this version`);
  }
  if (sealOf(plan) !== plan.seal) {
    throw new StalePlanError(`The plan in ${file} was altered after it was saved. Plan again.`);
  }
  return plan;
}

function parsePlan(file: string): Plan {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value === "object" && value !== null && "steps" in value && "seal" in value) return value as Plan;
  } catch (cause) {
    throw notAPlan(file, cause instanceof Error ? cause.message : String(cause));
  }
  throw notAPlan(file, "it has no steps and no seal");
}

function notAPlan(file: string, reason: string): OperationalError {
  return new OperationalError(
    "not_a_plan",
    `${file} is no saved plan: ${reason}. Save one with poolkeeper plan --out.`,
    {
      next: "stop",
    },
  );
}
