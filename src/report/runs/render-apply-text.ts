import { TAKEN_BACK } from "../../model/ledger/refusal.ts";
import { type ApplyReport, isComplete, REFUSAL_CODES, type StepResult } from "../../model/plan/apply-report.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { describeStep } from "../plan/describe-step.ts";
import type { Paint } from "../text/paint.ts";
import { join, type Part, type Shown, shown } from "../text/shown-text.ts";
import { describeLeft } from "./describe-left.ts";

/** What an apply did, for people: what went wrong or is waited for, what is left half-way, and honest counts. */
export function renderApplyText(report: ApplyReport, plan: Plan, paint: Paint): Shown {
  const stepOf = new Map(plan.steps.map((step) => [step.id, step]));
  const describe = (result: StepResult) => {
    const step = stepOf.get(result.id);
    return shown`  ${step === undefined ? result.id : describeStep(step)}: ${result.message ?? ""}`;
  };
  const pick = (status: StepResult["status"]) => report.steps.filter((result) => result.status === status);
  const kept = pick("applied").filter(({ message }) => message !== null);
  const [failed, waiting] = [pick("failed").map(describe), pick("waiting").map(describe)];
  const open = pick("skipped").length + pick("cancelled").length;
  const lines: readonly Part[] = [
    ...(failed.length > 0 ? [paint.destroy("Failed:"), ...failed] : []),
    ...(waiting.length > 0 ? [paint.change("Timed out waiting for work; no work was interrupted:"), ...waiting] : []),
    ...(open > 0 ? [`Not done: ${countNoun(open, "further step")}.`] : []),
    ...(kept.length > 0
      ? [paint.change("Changed by another writer during the run, and kept:"), ...kept.map(describe)]
      : []),
    ...describeLeft(report, plan),
    ...describeRefused(report, plan),
    paint.strong(verdictLine(report)),
    ...describeNext(report),
  ];
  return shown`${join(lines)}\n`;
}

/** The changes that were refused before, and what was drained for which this run has put back into service. */
function describeRefused({ status }: ApplyReport, { notices }: Plan): readonly string[] {
  const refused = status === "applied" ? notices.filter(({ code }) => code === TAKEN_BACK) : [];
  if (refused.length === 0) return [];
  return [
    "Refused before, and not applied:",
    ...refused.map(({ addresses, message }) => `  ${addresses.join(", ")}: ${message}`),
  ];
}

/** What was refused is refused again: another apply alone does not help. */
function describeNext(report: ApplyReport): readonly string[] {
  if (isComplete(report)) return [];
  const { status, steps } = report;
  const isRefused = status === "applied" || steps.some(({ code }) => code !== null && REFUSAL_CODES.has(code));
  const first = isRefused ? "To continue, resolve what was refused, then apply" : "To continue, apply";
  return [`${first} the folder again (a saved plan is stale now): apply is idempotent.`];
}

/** The counting line of what was done. Its wording is fixed: other programs read it. */
export function verdictLine(report: ApplyReport): string {
  const { add, change, replace, destroy } = report.done;
  const verdict = isComplete(report) ? "Apply complete!" : "Apply incomplete.";
  return `${verdict} ${add} added, ${change} changed, ${replace} replaced, ${destroy} destroyed.`;
}
