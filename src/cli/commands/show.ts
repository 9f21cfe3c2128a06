import { isEmptyPlan } from "../../model/plan/plan.ts";
import { shown } from "../../report/text/shown-text.ts";
import type { OutputFormat } from "../options/option-tables.ts";
import { EXIT } from "../output/exit-codes.ts";
import { printPlan } from "../output/print-plan.ts";
import { showNote } from "../output/show-result.ts";
import { findPlanKey, type PlanKeyFlags } from "../saved-plan/find-plan-key.ts";
import { readPlanFile } from "../saved-plan/read-plan-file.ts";
import type { PlanFile } from "../saved-plan/saved-plan.ts";

/** Options of `poolkeeper show`. */
export interface ShowOptions extends PlanKeyFlags {
  readonly file: string;
  readonly format: OutputFormat;
  readonly colour: boolean;
  /** Exit 2 when there are changes. */
  readonly detailedExitcode: boolean;
}

/**
 * Shows a plan file as `plan` would, and says on standard error how far that can be trusted. Throws a StalePlanError when it is
 * damaged, and an OperationalError when a plan key does not verify it.
 */
export async function runShow({ file, format, colour, detailedExitcode, ...flags }: ShowOptions): Promise<number> {
  const key = findPlanKey(flags, process.env);
  const saved = readPlanFile(file, key);
  printPlan(saved.plan, format, colour, key);
  showNote(shown`\n${describeTrust(file, saved)}\n`);
  return detailedExitcode && !isEmptyPlan(saved.plan) ? EXIT.changes : EXIT.ok;
}

function describeTrust(file: string, { authenticated, inputs }: PlanFile): string {
  if (authenticated) return `${file} is authenticated: a holder of the plan key saved it.`;
  const later = inputs === null ? "" : " poolkeeper apply computes the plan again and applies only that.";
  return `Not authenticated: ${file} was not verified with a plan key, so anyone may have written it.${later}`;
}
