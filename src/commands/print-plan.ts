import type { Plan } from "../model/plan.ts";
import { choosePaint } from "../report/paint.ts";
import { renderPlanMarkdown } from "../report/render-plan-markdown.ts";
import { renderPlanText } from "../report/render-plan-text.ts";

/** How a result is printed. */
export type OutputFormat = "text" | "concise" | "json" | "markdown";

/** Prints a plan on stdout: nothing but the plan. */
export function printPlan(plan: Plan, format: OutputFormat, colour: boolean): void {
  switch (format) {
    case "json":
      process.stdout.write(`${JSON.stringify(plan, undefined, 2)}\n`);
      return;
    case "markdown":
      process.stdout.write(renderPlanMarkdown(plan));
      return;
    case "text":
    case "concise":
      process.stdout.write(renderPlanText(plan, choosePaint(colour), { concise: format === "concise" }));
      return;
  }
}
