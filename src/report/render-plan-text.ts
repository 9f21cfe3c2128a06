import type { Change, Check, Impact, Plan, Route, Step } from "../model/plan.ts";
import { type ChangeDescription, describeChange, type FieldLine, formatValue } from "./describe-change.ts";
import { describeStep } from "./describe-step.ts";
import type { Paint } from "./paint.ts";

/** Lists longer than this are cut in text, with the number of what is left out. */
const MOST_LINES = 200;

/** A plan for people: what changes (destructive first), in which order, who runs elsewhere, what to know, and the counts. */
export function renderPlanText(plan: Plan, paint: Paint): string {
  const sections = [
    renderHead(plan),
    ...cut(plan.changes, MOST_LINES).map((change) => renderChange(change, paint)),
    left(plan.changes.length, "changes"),
    renderSteps(plan.steps, paint),
    renderRouting(plan.routing, paint),
    renderImpact(plan.impact, paint),
    renderNotices(plan, paint),
    renderChecks(plan.checks, paint),
    renderSummary(plan, paint),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** The counting line. Its wording is fixed: other programs read it. */
export function summaryLine({ summary }: Pick<Plan, "summary">): string {
  const { add, change, replace, destroy } = summary;
  return `Plan: ${add} to add, ${change} to change, ${replace} to replace, ${destroy} to destroy.`;
}

/** Whether a plan changes anything on the control plane. */
export function hasChanges(plan: Pick<Plan, "steps">): boolean {
  return plan.steps.length > 0;
}

function renderHead({ target, steps }: Plan): string {
  const where = `${target.endpoint} (org ${target.org}, generation ${target.generation})`;
  return steps.length === 0 ? "" : `poolkeeper will do the following on ${where}:`;
}

function renderChange(change: Change, paint: Paint): string {
  const description = describeChange(change);
  const colour = colourOf(description, paint);
  const width = Math.max(0, ...description.fields.map((field) => field.path.length));
  const lines = [
    paint.strong(`  # ${description.title}`),
    ...(description.remark === null ? [] : [paint.faint(`  # (${description.remark})`)]),
    colour(`${description.symbol.padStart(3)} ${change.address}`),
    ...description.fields.map((field) => renderField(field, width, paint)),
    ...(description.unchanged === 0 ? [] : [paint.faint(`        # (${description.unchanged} unchanged hidden)`)]),
  ];
  return lines.join("\n");
}

function renderField(field: FieldLine, width: number, paint: Paint): string {
  const { symbol, path, before, after, forcesReplacement } = field;
  const value =
    symbol === "~" ? `${formatValue(before)} -> ${formatValue(after)}` : formatValue(symbol === "-" ? before : after);
  const colour = { "+": paint.add, "~": paint.change, "-": paint.destroy, " ": paint.faint }[symbol];
  const mark = forcesReplacement ? paint.destroy("  # forces replacement") : "";
  return `      ${colour(symbol)} ${path.padEnd(width)} = ${value}${mark}`;
}

function colourOf({ symbol }: ChangeDescription, paint: Paint): (text: string) => string {
  switch (symbol) {
    case "+":
      return paint.add;
    case "~":
      return paint.change;
    case "-":
    case "+/-":
      return paint.destroy;
    case " ":
      return paint.faint;
  }
}

function renderSteps(steps: readonly Step[], paint: Paint): string {
  if (steps.length === 0) return "";
  const place = new Map(steps.map((step, index) => [step.id, index + 1]));
  const lines = cut(steps, MOST_LINES).map((step, index) => {
    const after = step.after.map((id) => place.get(id) ?? 0).sort((left, right) => left - right);
    const follows = after.length === 0 ? "" : paint.faint(`  (after ${after.join(", ")})`);
    return `  ${String(index + 1).padStart(3)}. ${describeStep(step)}${follows}`;
  });
  return [paint.strong("In this order:"), ...lines, left(steps.length, "steps")].filter(Boolean).join("\n");
}

function renderRouting(routes: readonly Route[], paint: Paint): string {
  if (routes.length === 0) return "";
  const lines = cut(routes, MOST_LINES).map(
    (route) => `  queue ${route.queue}: ${formatRoute(route.before)} -> ${formatRoute(route.after)}`,
  );
  return [paint.strong("Who runs elsewhere:"), ...lines, left(routes.length, "queues")].filter(Boolean).join("\n");
}

/** A route in words. */
export function formatRoute(route: readonly string[] | null): string {
  if (route === null) return "(takes no work)";
  return route.length === 0 ? "NOWHERE" : route.join(", ");
}

function renderImpact(impact: readonly Impact[], paint: Paint): string {
  const lines = impact.flatMap(({ queue, in_flight }) => {
    if (in_flight === null) return [`  queue ${queue}: not known`];
    const { runs_in_flight: runs, actions_in_flight: actions, current_depth: depth } = in_flight;
    const idle = runs + actions + depth === 0;
    return idle ? [] : [`  queue ${queue}: ${runs} runs, ${actions} actions in flight, ${depth} waiting`];
  });
  return lines.length === 0 ? "" : [paint.strong("Work in flight now:"), ...lines].join("\n");
}

function renderNotices({ notices, unmanaged }: Plan, paint: Paint): string {
  // What is to be handed over stands with the check `contract`.
  const lines = notices.filter(({ code }) => code !== "hand-over").map((notice) => `  - ${notice.message}`);
  if (unmanaged.length > 0) {
    const shown = unmanaged.slice(0, 10).join(", ");
    const more = unmanaged.length > 10 ? ` and ${unmanaged.length - 10} more` : "";
    lines.push(`  - Left alone, as no manifest names them: ${shown}${more}.`);
  }
  return lines.length === 0 ? "" : [paint.strong("To know:"), ...lines].join("\n");
}

function renderChecks(checks: readonly Check[], paint: Paint): string {
  const lines = checks
    .filter((check) => check.status !== "pass")
    .flatMap((check) => {
      const colour = check.status === "fail" ? paint.destroy : paint.change;
      const [first = "", ...rest] = check.message.split("\n");
      return [`  ${colour(check.status)}  ${check.name}: ${first}`, ...rest.map((line) => `        ${line}`)];
    });
  return lines.length === 0 ? "" : [paint.strong("Checks:"), ...lines].join("\n");
}

function renderSummary(plan: Plan, paint: Paint): string {
  const blocked = plan.checks.filter((check) => check.status === "fail").map((check) => check.name);
  const lines: string[] = [];
  if (hasChanges(plan) || blocked.length > 0) lines.push(paint.strong(summaryLine(plan)));
  else if (plan.changes.length === 0) lines.push("No changes. The control plane matches the manifests.");
  else lines.push("No changes to make.");
  if (blocked.length > 0) {
    const flags = blocked.map((name) => `--allow ${name}`).join(" ");
    // A drain that apps block is refused by the control plane itself: no flag of ours helps.
    const hint = blocked.includes("apps") ? "" : ` To let it through all the same, once: ${flags}`;
    lines.push(paint.destroy(`Blocked by ${blocked.join(", ")}.${hint}`));
  }
  if (hasChanges(plan)) lines.push(paint.faint(`digest ${plan.digest.slice(0, 16)}`));
  return lines.join("\n");
}

function cut<T>(items: readonly T[], most: number): readonly T[] {
  return items.slice(0, most);
}

function left(count: number, what: string): string {
  return count > MOST_LINES ? `  ... and ${count - MOST_LINES} more ${what} (see --json)` : "";
}
