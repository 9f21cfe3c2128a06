import type { Kind } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import type { Summary } from "./plan.ts";
import type { Op, Phase, Until } from "./step.ts";

/**
 * How a step ended. `applied`: its effect is confirmed. `failed`: it was refused or could not be settled. `waiting`: work
 * outlasted the wait; nothing was forced. `skipped`: something before it did not get applied. `cancelled`: the run was
 * interrupted before it.
 */
export type StepStatus = "applied" | "failed" | "waiting" | "skipped" | "cancelled";

/** Codes of failed steps that a server refuses again, as long as nothing else changes. A step has them only where the server itself gave them. */
export const REFUSAL_CODES: ReadonlySet<string> = new Set([
  "failed_precondition",
  "invalid_argument",
  "limit_dropped",
  "out_of_range",
  "permission_denied",
  "unimplemented",
]);

/**
 * The code of a pass whose only failures are permanent refusals of the control plane: the changes are given up, and what was drained for
 * them is put back into service.
 */
export const GIVEN_UP = "server_refused";

/** The result of one step. */
export interface StepResult {
  readonly id: string;
  readonly address: Address;
  readonly kind: Kind;
  readonly physical_name: string;
  readonly op: Op;
  readonly phase: Phase | null;
  readonly until: Until | null;
  readonly status: StepStatus;
  /** Why it is not applied, for the person who must act; of one that is applied, what was kept as another writer has set it; else null. */
  readonly message: string | null;
  /** The error's code when it failed; null otherwise. */
  readonly code: string | null;
  /** For a skipped step, the id of the step that is the cause; null otherwise. */
  readonly because: string | null;
}

/** What an apply did, as opposed to what was planned. */
export interface ApplyReport {
  readonly digest: string;
  /** The worst that happened: `failed` over `cancelled` over `waiting` over `applied`. */
  readonly status: Exclude<StepStatus, "skipped">;
  /** In the plan's order. */
  readonly steps: readonly StepResult[];
  /** Changes applied in full, counted like a plan's. */
  readonly done: Summary;
  /** Changes of which something was written, but not all; in the plan's order. */
  readonly begun: readonly Address[];
  /** What is out of service for a change that is not finished, in this run or one that it resumed, as `kind.name`. */
  readonly left_drained: readonly string[];
  /** Changes that the control plane refused permanently, in this run or before, and their dependents: not retried automatically. Left out: none. */
  readonly refused?: readonly Address[];
}

/** Whether all that was wanted is applied: a change that was refused before is not, though every step was. */
export function isComplete({ status, refused = [] }: Pick<ApplyReport, "status" | "refused">): boolean {
  return status === "applied" && refused.length === 0;
}

/** Progress of a run, in the order in which it happens. */
export type ApplyEvent =
  | { readonly type: "started"; readonly step: string }
  | { readonly type: "progress"; readonly step: string; readonly message: string }
  | { readonly type: "ended"; readonly result: StepResult };
