import { isEmptyPlan } from "../model/plan.ts";
import { EXIT } from "./exit-codes.ts";
import { type OutputFormat, printPlan } from "./print-plan.ts";
import { readPlanFile } from "./read-plan-file.ts";

/** Options of `poolkeeper show`. */
export interface ShowOptions {
  readonly file: string;
  readonly format: OutputFormat;
  readonly colour: boolean;
  /** Exit 2 when there are changes. */
  readonly detailedExitcode: boolean;
}

/** Shows a saved plan as `plan` would. Throws a StalePlanError when it was altered. */
export async function runShow({ file, format, colour, detailedExitcode }: ShowOptions): Promise<number> {
  const plan = readPlanFile(file);
  printPlan(plan, format, colour);
  return detailedExitcode && !isEmptyPlan(plan) ? EXIT.changes : EXIT.ok;
}
