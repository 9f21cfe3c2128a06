import { EXIT } from "./exit-codes.ts";
import { type OutputFormat, printPlan } from "./print-plan.ts";
import { readPlanFile } from "./read-plan-file.ts";

/** Options of `poolkeeper show`. */
export interface ShowOptions {
  readonly file: string;
  readonly format: OutputFormat;
  readonly colour: boolean;
}

/** Shows a saved plan as `plan` would. Throws a StalePlanError when it was altered. */
export async function runShow({ file, format, colour }: ShowOptions): Promise<number> {
  printPlan(readPlanFile(file), format, colour);
  return EXIT.ok;
}
