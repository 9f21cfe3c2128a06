import { type Check, isEmptyPlan, type Plan } from "../../model/plan/plan.ts";
import { cutNames } from "../text/cut-list.ts";
import { code, escapeMarkdown, fenceDiff, indent } from "../text/markdown.ts";
import { describeRoutes } from "./describe-route.ts";
import { describeStep } from "./describe-step.ts";
import { describeTarget } from "./describe-target.ts";
import { describeWork } from "./describe-work.ts";
import { diffChange } from "./diff-change.ts";
import { describeUnmanaged, listNotices } from "./list-notices.ts";
import { summaryLine } from "./render-plan-text.ts";

/**
 * A plan as Markdown for the output of CI, such as a job's summary; the comment on a request is made by `render-review-comment.ts`. Counts and blocks
 * are on top, details folded, diffs in the colours of a forge.
 */
export function renderPlanForCi(plan: Plan): string {
  const { checks } = plan;
  const { endpoint, traits } = describeTarget(plan.target);
  const sections = [
    `### ${isEmptyPlan(plan) ? "No changes" : summaryLine(plan)}`,
    [code(endpoint), ...traits.map(escapeMarkdown)].join(", "),
    renderBlocks(checks),
    renderChanges(plan),
    fold("Routing changes", listRoutes(plan)),
    fold(
      "Steps",
      plan.steps.map((step, index) => `${index + 1}. ${escapeMarkdown(describeStep(step))}`),
    ),
    fold(
      "Work in flight now",
      describeWork(plan.impact).map(({ queue, work }) => `- queue ${code(queue)}: ${work}`),
    ),
    fold("Notes", listRemarks(plan)),
    fold("Checks", listChecks(checks), describeVerdicts(checks)),
    `<sub>digest ${code(plan.digest)}</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function listRoutes(plan: Plan): readonly string[] {
  return describeRoutes(plan).map(
    ({ kind, name, before, after }) => `- ${kind} ${code(name)}: ${escapeMarkdown(before)} → ${escapeMarkdown(after)}`,
  );
}

function listRemarks(plan: Plan): readonly string[] {
  const unmanaged = describeUnmanaged(plan, cutNames);
  const remarks = [...listNotices(plan), ...(unmanaged === null ? [] : [unmanaged])];
  return remarks.map((remark) => `- ${indent(escapeMarkdown(remark), "  ")}`);
}

function renderBlocks(checks: readonly Check[]): string {
  return checks
    .filter((check) => check.status === "fail")
    .map(({ name, message }) => `> **Blocked by ${code(name)}**: ${indent(escapeMarkdown(message), "> ")}`)
    .join("\n\n");
}

/** A line for each warning and failure, and one line for all that passed. */
function listChecks(checks: readonly Check[]): readonly string[] {
  const found = checks.filter((check) => check.status !== "pass");
  const passed = checks.filter((check) => check.status === "pass").map((check) => check.name);
  return [
    ...found.map(
      ({ status, name, message }) =>
        `- ${status === "fail" ? "❌" : "⚠️"} **${name}** ${indent(escapeMarkdown(message), "  ")}`,
    ),
    ...(passed.length === 0 ? [] : [`- ✅ ${passed.join(", ")}`]),
  ];
}

function describeVerdicts(checks: readonly Check[]): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const counts = [`${count("fail")} failed`, `${count("warn")} warned`, `${count("pass")} passed`];
  return counts.filter((text) => !text.startsWith("0 ")).join(", ");
}

function renderChanges({ changes }: Plan): string {
  if (changes.length === 0) return "";
  return fenceDiff(changes.flatMap((change) => diffChange(change)));
}

function fold(title: string, lines: readonly string[], count = `${lines.length}`): string {
  if (lines.length === 0) return "";
  return `<details><summary>${title} (${count})</summary>\n\n${lines.join("\n")}\n\n</details>`;
}
