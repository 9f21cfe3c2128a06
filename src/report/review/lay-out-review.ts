import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { type HeldChange, nameHeld } from "../../model/passes/pass.ts";
import type { Check } from "../../model/plan/plan.ts";
import type { Overlap, ReviewVerdict } from "../../model/reviews/review.ts";
import { describeRoutes } from "../plan/describe-route.ts";
import { describeStep } from "../plan/describe-step.ts";
import { describeWork } from "../plan/describe-work.ts";
import { describeUnmanaged, listNotices } from "../plan/list-notices.ts";
import { cutNames } from "../text/cut-list.ts";
import { BLANK_LINE, type Item, type Section } from "../text/fit-sections.ts";
import { formatMoment } from "../text/format-moment.ts";
import { code, codeInCell, cutText, cutTo, escapeInLine } from "../text/markdown.ts";
import { layOutEffects } from "./lay-out-effects.ts";

/** The parts of a review below its verdict, in the order in which they are read. */
export function layOutReview(verdict: ReviewVerdict): readonly (string | Section)[] {
  switch (verdict.kind) {
    case "planned":
      return layOutPlan(verdict);
    case "invalid":
      return layOutDiagnostics(verdict.diagnostics);
    case "conflict":
      return [list(1, "", "file", verdict.files, (file) => line(file, code))];
    case "unconcerned":
    case "skipped":
    case "failed":
      return [];
  }
}

function layOutPlan({
  plan,
  parts,
  overlaps,
  left = [],
}: Extract<ReviewVerdict, { kind: "planned" }>): readonly (string | Section)[] {
  const lost = plan.routing.filter(({ after }) => after?.length === 0);
  const unmanaged = describeUnmanaged(plan, (names) => cutNames(names, ""));
  const notes = [...listNotices(plan), ...(unmanaged === null ? [] : [unmanaged])];
  const work = describeWork(plan.impact);
  return [
    ...layOutChecks(plan.checks),
    ...layOutEffects(plan, parts),
    fold(5, "Unchanged by a merge", "held change", left, describeLeft),
    list(2, "#### Other requests that change the same objects\n\n", "request", overlaps, describeOverlap),
    plan.routing.length + work.length === 0 ? "" : "#### Routing and work",
    list(3, "**These will route nowhere:**\n\n", "route", describeRoutes({ ...plan, routing: lost }), describeRoute),
    fold(7, "Routing changes", "route", describeRoutes(plan), describeRoute),
    fold(
      4,
      "Work in flight now",
      "work figure",
      work,
      ({ queue, work: figures }) => `queue ${line(queue, code)}: ${figures}`,
    ),
    notes.length + plan.steps.length === 0 ? "" : "#### More",
    fold(9, "Notes", "note", notes, words),
    fold(10, "Steps", "step", plan.steps, (step) => words(describeStep(step)), "1."),
  ];
}

/** Most characters of a name, and of a foreign text, as they are written. */
const MOST_NAME = 160;
const MOST_WORDS = 1200;

function line(text: string, render: (text: string) => string): string {
  return cutTo(text, MOST_NAME, render);
}

function words(text: string): string {
  return cutTo(text.trim(), MOST_WORDS, escapeInLine);
}

/** What passed has a line, what warns a row. Of what is overridden, or could be, each finding has a row. */
function layOutChecks(checks: readonly Check[]): readonly (string | Section)[] {
  const passed = checks.filter(({ status }) => status === "pass").map(({ name }) => name);
  const found = checks
    .filter(({ status }) => status !== "pass")
    .toSorted((left, right) => Number(right.status === "fail") - Number(left.status === "fail"))
    .flatMap((check) =>
      check.status === "fail" || check.allowed === true
        ? check.message.split("\n").map((message) => ({ ...check, message }))
        : [check],
    );
  return [
    table(0, ["", "Check", "Message"], "finding", found, ({ status, name, message, allowed }) => [
      status === "fail" ? "❌&nbsp;failed" : "⚠️&nbsp;warning",
      line(name, codeInCell),
      `${allowed === true ? "Overridden for this plan. " : ""}${words(message)}`,
    ]),
    passed.length === 0 ? "" : `✅ Passed: ${cutTo(passed.join(", "), 400, escapeInLine)}`,
  ];
}

/** Rows of diagnostics; only the first of more are shown. */
const MOST_DIAGNOSTICS = 50;

function layOutDiagnostics(diagnostics: readonly Diagnostic[]): readonly (string | Section)[] {
  const worst = diagnostics.toSorted(
    (left, right) => Number(right.severity === "error") - Number(left.severity === "error"),
  );
  const more = worst.length - MOST_DIAGNOSTICS;
  return [
    table(1, ["", "Where", "What"], "diagnostic", worst.slice(0, MOST_DIAGNOSTICS), (diagnostic) => [
      diagnostic.severity === "error" ? "❌&nbsp;error" : "⚠️&nbsp;warning",
      line(`${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`, codeInCell),
      `**${words(diagnostic.summary)}** ${line(diagnostic.code, codeInCell)}<br>${words(diagnostic.detail)}`,
    ]),
    more > 0 ? `… and ${more} more. \`poolkeeper validate\` shows all of them.` : "",
  ];
}

function describeRoute({ kind, name, before, after }: ReturnType<typeof describeRoutes>[number]): string {
  return `${escapeInLine(cutText(kind, MOST_NAME))} ${line(name, code)}: ${words(before)} → ${words(after)}`;
}

/** Addresses named of an overlap; more are counted. */
const MOST_ADDRESSES = 10;

/** Of requests with so many changes that not all of them are compared. */
const UNCOMPARED = "It may change some of the same objects: there are too many to compare.";

function describeOverlap({ number, title, addresses, holds }: Overlap): string {
  const named = addresses.slice(0, MOST_ADDRESSES).map((address) => line(address, code));
  const more = addresses.length - named.length;
  const objects = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const state =
    holds === null
      ? "is open"
      : `was merged and is being applied since ${moment(holds.since)} by ${line(holds.by, code)}: a merge now waits for it, until ${moment(holds.until)} at the latest`;
  // Neither its sign nor its address: forges note each of them, and each rewrite, on the page of that request.
  const name = title === undefined ? "" : ` (${cutTo(title, MOST_NAME, escapeInLine)})`;
  const changes = named.length === 0 ? UNCOMPARED : `It changes ${objects}.`;
  return `**Request ${number}**${name} ${state}. ${changes}`;
}

function moment(iso: string): string {
  return line(formatMoment(iso), escapeInLine);
}

function describeLeft(held: HeldChange): string {
  return `${line(nameHeld(held), code)}: ${words(held.message)}`;
}

function item(noun: string, write: () => string): Item {
  return { noun, isDestructive: false, brief: "", write };
}

function list<T>(
  rank: number,
  open: string,
  noun: string,
  things: readonly T[],
  render: (thing: T) => string,
  bullet = "-",
): Section {
  return {
    rank,
    open,
    close: "",
    between: "\n",
    items: things.map((thing) => item(noun, () => `${bullet} ${render(thing)}`)),
  };
}

function fold<T>(
  rank: number,
  title: string,
  noun: string,
  things: readonly T[],
  render: (thing: T) => string,
  bullet = "-",
): Section {
  const open = `<details><summary>${title} (${things.length})</summary>${BLANK_LINE}`;
  return { ...list(rank, open, noun, things, render, bullet), close: `${BLANK_LINE}</details>` };
}

function table<T>(
  rank: number,
  head: readonly string[],
  noun: string,
  things: readonly T[],
  render: (thing: T) => readonly string[],
): Section {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const open = `${row(head)}\n${row(head.map(() => "---"))}\n`;
  return { rank, open, close: "", between: "\n", items: things.map((thing) => item(noun, () => row(render(thing)))) };
}
