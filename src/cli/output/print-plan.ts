import type { Plan } from "../../model/plan/plan.ts";
import { renderPlanForCi } from "../../report/plan/render-plan-for-ci.ts";
import { renderPlanText } from "../../report/plan/render-plan-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import type { OutputFormat } from "../options/option-tables.ts";
import { formatPlan } from "../saved-plan/format-plan.ts";
import type { PlanKey } from "../saved-plan/plan-key.ts";
import { showDocument, showResult } from "./show-result.ts";

/** Prints a plan on stdout: nothing but the plan. As JSON it gets a code that authenticates it where there is a plan key. */
export function printPlan(plan: Plan, format: OutputFormat, colour: boolean, key: PlanKey | null = null): void {
  switch (format) {
    case "json":
      showDocument(formatPlan(plan, key));
      return;
    case "markdown":
      showDocument(renderPlanForCi(plan));
      return;
    case "text":
    case "concise":
      showResult(renderPlanText(plan, choosePaint(colour), { concise: format === "concise" }));
      return;
  }
}
