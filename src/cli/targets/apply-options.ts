import type { PlanFlags } from "../options/plan-options.ts";
import type { PlanKeyFlags } from "../saved-plan/find-plan-key.ts";
import type { ReferenceFlags } from "./find-references.ts";
import type { TargetOptions } from "./open-target.ts";

/** Options of `poolkeeper apply`. */
export interface ApplyCommandOptions extends TargetOptions, PlanFlags, PlanKeyFlags, ReferenceFlags {
  /** A folder of manifests, or a saved plan. */
  readonly path: string;
  readonly autoApprove: boolean;
  readonly waitMs: number;
  readonly parallelism: number;
  readonly json: boolean;
  /** Shorten each change that destroys nothing to one line. */
  readonly concise: boolean;
  readonly colour: boolean;
  /** With a saved plan: the folder of its manifests, for the sensitive values that the file leaves out. */
  readonly manifests?: string | undefined;
}
