import { type ApplyReport, REFUSAL_CODES, type StepResult } from "../model/apply-report.ts";
import { countNoun } from "../model/count-noun.ts";
import type { Plan } from "../model/plan.ts";
import { describeLeft } from "./describe-left.ts";
import { describeStep } from "./describe-step.ts";
import type { Paint } from "./paint.ts";
import { join, type Part, type Shown, shown } from "./shown-text.ts";

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
    paint.strong(verdictLine(report)),
    ...describeNext(report),
  ];
  return shown`${join(lines)}\n`;
}

/** What was refused is refused again: another apply alone does not help. */
function describeNext({ status, steps }: ApplyReport): readonly string[] {
  if (status === "applied") return [];
  const isRefused = steps.some(({ code }) => code !== null && REFUSAL_CODES.has(code));
  const first = isRefused ? "To continue, resolve what was refused, then apply" : "To continue, apply";
  return [`${first} the folder again (a saved plan is stale now): apply is idempotent.`];
}

/** The counting line of what was done. Its wording is fixed: other programs read it. */
export function verdictLine({ status, done }: ApplyReport): string {
  const { add, change, replace, destroy } = done;
  const verdict = status === "applied" ? "Apply complete!" : "Apply incomplete.";
  return `${verdict} ${add} added, ${change} changed, ${replace} replaced, ${destroy} destroyed.`;
}
