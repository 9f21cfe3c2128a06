import { type Change, type Check, type Impact, isEmptyPlan, isNoOp, type Plan } from "../../model/plan/plan.ts";
import { indexChanges } from "../../model/plan/put-back.ts";
import type { Step } from "../../model/plan/step.ts";
import { hideSealed } from "../../model/secrets/sealed.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { cutList, cutNames, MOST_CHANGES, MOST_REMARKS } from "../text/cut-list.ts";
import { diffTexts } from "../text/diff-texts.ts";
import type { Paint } from "../text/paint.ts";
import { join, joinSections, type Part, type Shown, shown } from "../text/shown-text.ts";
import {
  type ChangeDescription,
  describeChange,
  type FieldLine,
  formatDifference,
  formatValue,
} from "./describe-change.ts";
import { describeRoutes } from "./describe-route.ts";
import { describeStep } from "./describe-step.ts";
import { describeTarget } from "./describe-target.ts";
import { describeWork, type WorkDescription } from "./describe-work.ts";
import { describeUnmanaged, listNotices } from "./list-notices.ts";
import { listUnshownFields } from "./list-unshown-fields.ts";

/** What a reader may choose of a plan's text. */
export interface TextOptions {
  /** Shorten each change that destroys nothing to one line, and of the steps those that no change shows. Default: everything. */
  readonly concise?: boolean;
  /** Say by which options of `apply` failed checks are overridden. Default true. */
  readonly hints?: boolean;
}

/** A plan for people: changes (destructive first), steps, routing changes, notes, checks, and the counts. */
export function renderPlanText(plan: Plan, paint: Paint, { concise = false, hints = true }: TextOptions = {}): Shown {
  const sections = [
    renderHead(plan),
    concise ? renderChangesInShort(plan, paint) : renderChanges(plan.changes, paint),
    concise ? renderStepsAside(plan, paint) : renderSteps(plan, paint),
    renderRouting(plan, paint),
    renderImpact(plan.impact, paint),
    renderNotices(plan, paint),
    renderChecks(plan.checks, paint),
    renderSummary(plan, paint, hints),
  ];
  return joinSections(sections);
}

/** The counting line. Its wording is fixed: other programs read it. */
export function summaryLine({ summary }: Pick<Plan, "summary">): string {
  const { add, change, replace, destroy } = summary;
  return `Plan: ${add} to add, ${change} to change, ${replace} to replace, ${destroy} to destroy.`;
}

function renderHead({ target, steps }: Plan): string {
  const { endpoint, traits } = describeTarget(target);
  const delivers = target.delivery !== undefined && steps.some(({ kind }) => kind === "flyte_clusters");
  const where = `${endpoint} (${[...traits, ...(delivers ? [`files in ${target.delivery}`] : [])].join(", ")})`;
  return steps.length === 0 ? "" : `poolkeeper will do the following on ${where}:`;
}

/** Changes in full, each with its fields; as many as text has room for. */
export function renderChanges(changes: readonly Change[], paint: Paint): Shown {
  return join(
    cutList(changes, MOST_CHANGES, "changes", (change) => renderChange(change, paint)),
    "\n\n",
  );
}

/** Changes that disrupt nothing take one line each, and those of the files that they deliver; the rest is shown in full. */
function renderChangesInShort({ changes, effects }: Pick<Plan, "changes" | "effects">, paint: Paint): Shown {
  const harsh = new Set(effects.filter(({ disruption }) => disruption !== "none").map(({ address }) => address));
  const isShort = (change: Change) => !isNoOp(change) && !harsh.has(change.address);
  const [short, full] = [changes.filter(isShort), changes.filter((change) => !isShort(change))];
  const lines = cutList(short, MOST_CHANGES, "changes", (change) => {
    const description = describeChange(change);
    const [files, others] = [description.fields.filter(isShownInLines), description.fields.filter(isShownInShort)];
    const fields = others.map(describeFieldInShort).join(", ");
    const line = colourOf(description, paint)(`${description.symbol.padStart(3)} ${change.address}`);
    const remark = description.remark === null ? "" : paint.faint(`  # ${description.remark}`);
    const head = shown`${line}${fields === "" ? "" : ` (${fields})`}${remark}`;
    return join([head, ...files.flatMap((field) => renderField(field, 0, paint))]);
  });
  return join(
    [renderChanges(full, paint), join(lines)].filter((part) => String(part) !== ""),
    "\n\n",
  );
}

/** What is delivered is never cut short. */
function isShownInLines({ isFile, symbol }: FieldLine): boolean {
  return isFile && symbol !== "-";
}

function isShownInShort(field: FieldLine): boolean {
  return !isShownInLines(field);
}

/** The value that a field gets. */
function describeFieldInShort(field: FieldLine): string {
  const { symbol, path } = field;
  return symbol === "-" ? `${path} removed` : `${path} = ${formatDifference(field)}`;
}

function renderChange(change: Change, paint: Paint): Shown {
  const description = describeChange(change);
  const colour = colourOf(description, paint);
  const widths = description.fields.map(({ path }) => shown`${path}`.width).filter((width) => width <= WIDEST_PATH);
  const width = Math.max(0, ...widths);
  const lines = [
    paint.strong(`  # ${description.title}`),
    ...(description.remark === null ? [] : [paint.faint(`  # (${description.remark})`)]),
    colour(`${description.symbol.padStart(3)} ${change.address}`),
    ...description.fields.flatMap((field) => renderField(field, width, paint)),
    ...(description.unchanged === 0 ? [] : [paint.faint(`        # (${description.unchanged} unchanged hidden)`)]),
  ];
  return join(lines);
}

/** A longer path puts its own value further to the right, and not that of every other field. */
const WIDEST_PATH = 80;

function renderField(field: FieldLine, width: number, paint: Paint): readonly Shown[] {
  const { symbol, path, before, after, forcesReplacement, isFile } = field;
  const value = formatDifference(field);
  const colour = { "+": paint.add, "~": paint.change, "-": paint.destroy, " ": paint.faint }[symbol];
  const mark = forcesReplacement ? paint.destroy("  # forces replacement") : "";
  if (!isFile) {
    const name = shown`${path}`;
    return [shown`      ${colour(symbol)} ${name}${" ".repeat(Math.max(0, width - name.width))} = ${value}${mark}`];
  }
  const { summary, lines } = diffTexts(before, after);
  return [
    shown`      ${colour(symbol)} ${path} (${summary})`,
    ...lines.map((line) => shown`          ${paintLine(line, paint)}`),
  ];
}

function paintLine(line: string, paint: Paint): Shown {
  if (line.startsWith("+")) return paint.add(line);
  return line.startsWith("-") ? paint.destroy(line) : paint.faint(line);
}

function colourOf({ symbol }: ChangeDescription, paint: Paint): (text: Part) => Shown {
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

function renderSteps({ steps, changes }: Plan, paint: Paint): Shown {
  if (steps.length === 0) return shown``;
  const place = new Map(steps.map((step, index) => [step.id, index + 1]));
  const changeOf = indexChanges({ changes });
  const lines = cutList(steps, MOST_CHANGES, "steps", (step, index) => {
    const after = step.after.map((id) => place.get(id) ?? 0).sort((left, right) => left - right);
    const follows = after.length === 0 ? "" : paint.faint(`  (after ${after.join(", ")})`);
    const line = shown`  ${String(index + 1).padStart(3)}. ${describeStep(step)}${follows}`;
    return join([line, ...describeUnshown(step, changeOf(step)).map((field) => `         ${field}`)]);
  });
  return titled("Steps:", lines, paint);
}

/** Steps that write what no change shows: to another object, or into and out of service. */
function renderStepsAside({ steps, changes }: Plan, paint: Paint): Shown {
  const changeOf = indexChanges({ changes });
  const aside = steps.flatMap((step) => {
    const change = changeOf(step);
    const fields = describeUnshown(step, change);
    if (step.op === "await" || (isShownBy(step, change) && fields.length === 0)) return [];
    return [join([`  - ${describeStep(step)}`, ...fields.map((field) => `      ${field}`)])];
  });
  return titled(
    "Intermediate steps:",
    cutList(aside, MOST_CHANGES, "steps", (lines) => lines),
    paint,
  );
}

function isShownBy({ op, kind, physical_name }: Step, change: Change | undefined): boolean {
  if (op === "drain" || op === "activate" || change === undefined) return false;
  // What is destroyed is shown as it was, and not what is made of it on the way.
  if (change.after === null && op !== "delete") return false;
  const isOwn = [change.physical_name, change.previous_physical_name].includes(physical_name);
  return isOwn && change.address.startsWith(`${kind}.`);
}

function describeUnshown(step: Step, change: Change | undefined): readonly string[] {
  const hide = step.kind === "flyte_clusters" ? hideSealed : (text: string) => text;
  return listUnshownFields(step, change).map(({ path, value }) => `${path} = ${hide(formatValue(value))}`);
}

function renderRouting(plan: Plan, paint: Paint): Shown {
  const lines = cutList(
    describeRoutes(plan),
    MOST_CHANGES,
    "routes",
    ({ kind, name, before, after }) => `  ${kind} ${name}: ${before} -> ${after}`,
  );
  return titled("Routing changes:", lines, paint);
}

function renderImpact(impact: readonly Impact[], paint: Paint): Shown {
  const render = ({ queue, work }: WorkDescription) => `  queue ${queue}: ${work}`;
  return titled("Work in flight now:", cutList(describeWork(impact), MOST_REMARKS, "queues", render), paint);
}

function renderNotices(plan: Plan, paint: Paint): Shown {
  const lines = cutList(listNotices(plan), MOST_REMARKS, "notices", (message) => `  - ${message}`);
  const unmanaged = describeUnmanaged(plan, cutNames);
  return titled("Notes:", unmanaged === null ? lines : [...lines, `  - ${unmanaged}`], paint);
}

function renderChecks(checks: readonly Check[], paint: Paint): Shown {
  const lines = checks
    .filter((check) => check.status !== "pass")
    .flatMap((check) => {
      const colour = check.status === "fail" ? paint.destroy : paint.change;
      const [first = "", ...rest] = check.message.split("\n");
      const more = cutList(rest, MOST_REMARKS, "findings", (line) => `        ${line}`);
      return [shown`  ${colour(check.status)}  ${check.name}: ${first}`, ...more];
    });
  return titled("Checks:", lines, paint);
}

/** Nothing at all where there is no line. */
function titled(title: string, lines: readonly Part[], paint: Paint): Shown {
  return lines.length === 0 ? shown`` : join([paint.strong(title), ...lines]);
}

function renderSummary(plan: Plan, paint: Paint, hints: boolean): Shown {
  const blocked = plan.checks.filter((check) => check.status === "fail").map((check) => check.name);
  const lines: Part[] = [];
  const part = describePart(plan);
  if (!isEmptyPlan(plan) || blocked.length > 0) lines.push(paint.strong(summaryLine(plan)));
  else if (part !== "") lines.push(`No changes with ${part}: other objects were not compared.`);
  else if (plan.changes.length === 0) lines.push("No changes. The control plane matches the manifests.");
  else lines.push("No changes to make.");
  if (blocked.length > 0) {
    const flags = blocked.map((name) => `--allow ${name}`).join(" ");
    // No flag overrides what the control plane itself refuses.
    const isRefused = plan.checks.some(({ refused = [] }) => refused.length > 0);
    const hint = isRefused || !hints ? "" : ` To override for this run: ${flags}`;
    lines.push(paint.destroy(`Blocked by ${blocked.join(", ")}.${hint}`));
  }
  if (!isEmptyPlan(plan) || blocked.length > 0) lines.push(paint.faint(`digest ${showDigest(plan.digest)}`));
  return join(lines);
}

/** The flags that leave changes out; empty for a whole plan. */
function describePart({ options: { target, exclude } }: Plan): string {
  return [...target.map((address) => `--target ${address}`), ...exclude.map((address) => `--exclude ${address}`)].join(
    " ",
  );
}
