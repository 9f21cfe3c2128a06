import type { Change, Plan } from "../model/plan.ts";
import { describeChange, formatValue } from "./describe-change.ts";
import { describeStep } from "./describe-step.ts";
import { formatRoute, hasChanges, summaryLine } from "./render-plan-text.ts";

/** A plan as Markdown for a pull request: counts and blocks on top, details folded, diffs in the colours of a forge. */
export function renderPlanMarkdown(plan: Plan): string {
  const sections = [
    `### ${hasChanges(plan) ? summaryLine(plan) : "No changes"}`,
    `\`${plan.target.endpoint}\`, org \`${plan.target.org}\`, generation ${plan.target.generation}`,
    renderBlocks(plan),
    renderChanges(plan),
    fold(
      "Who runs elsewhere",
      plan.routing.map(
        ({ queue, before, after }) => `- queue \`${queue}\`: ${formatRoute(before)} → ${formatRoute(after)}`,
      ),
    ),
    fold(
      "Steps",
      plan.steps.map((step, index) => `${index + 1}. ${escapeMarkdown(describeStep(step))}`),
    ),
    fold("Work in flight now", listWork(plan)),
    fold("To know", listNotices(plan)),
    fold(
      "Checks",
      plan.checks.map(
        (check) =>
          `- ${mark(check.status)} **${check.name}** ${escapeMarkdown(check.message).replaceAll("\n", "\n  ")}`,
      ),
    ),
    `<sub>digest \`${plan.digest}\`</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** What is to be handed over stands with the check `contract`. */
function listNotices({ notices, unmanaged }: Plan): readonly string[] {
  const lines = notices.filter(({ code }) => code !== "hand-over").map(({ message }) => `- ${escapeMarkdown(message)}`);
  if (unmanaged.length === 0) return lines;
  const shown = unmanaged
    .slice(0, 10)
    .map((key) => `\`${key}\``)
    .join(", ");
  const more = unmanaged.length > 10 ? ` and ${unmanaged.length - 10} more` : "";
  return [...lines, `- Left alone, as no manifest names them: ${shown}${more}`];
}

function listWork({ impact }: Plan): readonly string[] {
  return impact.flatMap(({ queue, in_flight }) => {
    if (in_flight === null) return [`- queue \`${queue}\`: not known`];
    const { runs_in_flight: runs, actions_in_flight: actions, current_depth: depth } = in_flight;
    return runs + actions + depth === 0
      ? []
      : [`- queue \`${queue}\`: ${runs} runs, ${actions} actions in flight, ${depth} waiting`];
  });
}

function renderBlocks({ checks }: Plan): string {
  return checks
    .filter((check) => check.status === "fail")
    .map((check) => `> **Blocked by \`${check.name}\`**: ${escapeMarkdown(check.message).replaceAll("\n", "\n> ")}`)
    .join("\n\n");
}

function renderChanges({ changes }: Plan): string {
  if (changes.length === 0) return "";
  return `\`\`\`diff\n${changes.map(renderChange).join("\n")}\n\`\`\``;
}

/** A sign has to lead the line for a forge to colour it. */
function renderChange(change: Change): string {
  const { symbol, title, remark, fields } = describeChange(change);
  const sign = { "+": "+", "~": "!", "+/-": "-", "-": "-", " ": " " }[symbol];
  const lines = fields.map((field) => {
    const lead = { "+": "+", "~": "!", "-": "-", " ": " " }[field.symbol];
    const value =
      field.symbol === "~"
        ? `${formatValue(field.before)} -> ${formatValue(field.after)}`
        : formatValue(field.symbol === "-" ? field.before : field.after);
    return `${lead}     ${fence(`${field.path} = ${value}`)}${field.forcesReplacement ? "  # forces replacement" : ""}`;
  });
  return [`${sign} ${symbol} ${fence(title)}`, ...(remark === null ? [] : [`#   ${fence(remark)}`]), ...lines].join(
    "\n",
  );
}

function fold(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `<details><summary>${title} (${lines.length})</summary>\n\n${lines.join("\n")}\n\n</details>`;
}

function mark(status: "pass" | "warn" | "fail"): string {
  return { pass: "✅", warn: "⚠️", fail: "❌" }[status];
}

/** Text from outside must neither become markup nor mention people. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[<>&]/g, (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[sign] ?? sign)
    .replace(/([`*_|@])/g, "\\$1");
}

function fence(text: string): string {
  return text.replaceAll("```", "` ` `");
}
