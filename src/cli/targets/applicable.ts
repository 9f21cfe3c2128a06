import type { Plan } from "../../model/plan/plan.ts";
import type { Sealing } from "../../model/secrets/sealing.ts";
import type { Remembered } from "../../reconcile/open-memory.ts";
import type { OpenTarget, Target } from "../../reconcile/target.ts";
import type { ApplyCommandOptions } from "./apply-options.ts";
import type { SealingMemory } from "./open-target.ts";

/** What can be applied: a folder or a plan file, read and found valid. */
export interface Applicable {
  /** With the target settled. */
  readonly options: ApplyCommandOptions;
  /** Seals what is sensitive in it and in the target, to whose systems the plans are applied. */
  readonly seal: (target: OpenTarget, memory: SealingMemory) => SealedApplicable;
}

/** The same on one target. */
export interface SealedApplicable {
  readonly target: Target;
  /** The rules by which it is sealed. */
  readonly sealing: Sealing;
  /** Computes the plan from what is live now. Throws a StalePlanError where that is not the plan of the file. */
  readonly plan: (memory: Remembered) => Promise<Plan>;
}
