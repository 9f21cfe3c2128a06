import type { Plan } from "../model/plan.ts";
import type { Target } from "../target/target.ts";
import type { ApplyCommandOptions } from "./apply-options.ts";
import type { Remembered } from "./open-memory.ts";

/** What can be applied: a folder or a plan file, read and found valid. */
export interface Applicable {
  /** With the target settled. */
  readonly options: ApplyCommandOptions;
  /** Computes the plan from what is live now. Throws a StalePlanError where that is not the plan of the file. */
  readonly plan: (target: Target, memory: Remembered) => Promise<Plan>;
}
