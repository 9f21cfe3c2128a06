import type { ApplyReport, StepResult } from "../../../model/plan/apply-report.ts";
import type { Check, Plan } from "../../../model/plan/plan.ts";
import { describeRoutes } from "../../../report/plan/describe-route.ts";
import { describeStep } from "../../../report/plan/describe-step.ts";
import { describeWork } from "../../../report/plan/describe-work.ts";
import { describeUnmanaged, listNotices } from "../../../report/plan/list-notices.ts";
import { describeLeft } from "../../../report/runs/describe-left.ts";
import type { Tone } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import { renderBadge } from "./render-badge.ts";
import { renderMessage, renderTable } from "./render-words.ts";

/** Entries of one list that a page shows. */
const MOST_ENTRIES = 200;

/** Checks with findings one by one, the others in one line. */
export function renderChecks(checks: readonly Check[]): Markup {
  const findings = checks
    .filter(({ status }) => status !== "pass")
    .toSorted((left, right) => rankCheck(left) - rankCheck(right));
  const passed = checks.filter(({ status }) => status === "pass").map(({ name }) => name);
  const rows = findings.map((check) => [
    renderVerdict(check),
    html`<code class="name">${check.name}</code>`,
    renderLines(check.message),
  ]);
  return html`${findings.length === 0 ? null : renderTable("Checks with findings", ["Verdict", "Check", "Finding"], rows)}
${passed.length === 0 ? null : html`<details class="more" id="passed-checks"><summary>${passed.length} checks passed</summary><p>${passed.join(", ")}</p></details>`}`;
}

function rankCheck({ status }: Check): number {
  return ["fail", "warn", "pass"].indexOf(status);
}

function renderVerdict({ status, allowed }: Check): Markup {
  if (allowed === true) return renderBadge("Overridden", "ask");
  const looks: Readonly<Record<Check["status"], readonly [string, Tone]>> = {
    fail: ["Fails", "bad"],
    warn: ["Warns", "ask"],
    pass: ["Passes", "good"],
  };
  return renderBadge(...looks[status]);
}

function renderLines(text: string): Part {
  return text.split("\n").map((line) => html`<p>${renderMessage(line)}</p>`);
}

/** The routing changes as a table. */
export function renderRoutes(plan: Plan): Part {
  const routes = describeRoutes(plan);
  if (routes.length === 0) return html`<p class="faint">No routing changes.</p>`;
  const rows = routes
    .slice(0, MOST_ENTRIES)
    .map(({ kind, name, before, after }) => [html`${kind} <code>${name}</code>`, before, renderEnd(after)]);
  return html`${renderTable("Routing changes", ["Scope", "Before", "After"], rows)}${renderRest(routes.length)}`;
}

function renderEnd(after: string): Part {
  return after === "NOWHERE" ? html`<strong class="bad">NOWHERE</strong>` : after;
}

/** The picture of a target's routing, in a frame that scrolls. */
export function renderPicture(target: string, version: string): Markup {
  const address = `/targets/${encodeURIComponent(target)}/picture.svg?${version}`;
  return html`<figure class="picture" tabindex="0" role="region" aria-label="Picture of the routing"><img src="${address}" alt="Routing picture of ${target}; the tables hold the same information"></figure>
<p><a href="${address}">Open the picture</a></p>`;
}

/** The steps of a plan in order; with a report, the result of each. */
export function renderSteps(plan: Plan, report: ApplyReport | null): Part {
  if (plan.steps.length === 0) return null;
  const results = new Map(report?.digest === plan.digest ? report.steps.map((result) => [result.id, result]) : []);
  const steps = plan.steps.slice(0, MOST_ENTRIES).map((step) => {
    const result = results.get(step.id);
    return html`<li class="${result?.status ?? "planned"}">${describeStep(step)}${result === undefined ? null : renderResult(result)}</li>`;
  });
  const planned = new Set(plan.steps.map(({ id }) => id));
  // Steps that a refusal made necessary.
  const others = [...results.values()].filter(({ id }) => !planned.has(id)).slice(0, MOST_ENTRIES);
  const more = others.map(
    (result) =>
      html`<li class="${result.status}">${describeStep({ ...result, set: null })}${renderResult(result)}</li>`,
  );
  return html`<ol class="steps">${steps}${more}</ol>${renderRest(plan.steps.length)}${renderLeft(plan, report)}`;
}

/** What the last apply left half-way. */
function renderLeft(plan: Plan, report: ApplyReport | null): Part {
  const lines = report?.digest === plan.digest ? describeLeft(report, plan) : [];
  // Titles start a line; their details are indented.
  return lines.map((line) =>
    line.startsWith(" ") ? html`<p class="progress">${line.trim()}</p>` : html`<h3>${line}</h3>`,
  );
}

function renderResult({ status, message }: StepResult): Markup {
  const looks: Readonly<Record<StepResult["status"], readonly [string, Tone]>> = {
    applied: ["Done", "good"],
    failed: ["Failed", "bad"],
    waiting: ["Waiting", "busy"],
    skipped: ["Not yet", "rest"],
    cancelled: ["Cancelled", "rest"],
  };
  return html` ${renderBadge(...looks[status])}${message === null || status === "skipped" ? null : html`<p class="progress">${renderMessage(message)}</p>`}`;
}

/** Notes on a plan: notices, work in flight, ignored objects. */
export function renderRemarks(plan: Plan): Part {
  const unmanaged = describeUnmanaged(plan, (names) => names.join(", "));
  const work = describeWork(plan.impact).map(
    ({ queue, work: amount }) => html`Queue <code>${queue}</code>: ${amount}.`,
  );
  const remarks: readonly Part[] = [...work, ...listNotices(plan), ...(unmanaged === null ? [] : [unmanaged])];
  if (remarks.length === 0) return null;
  return html`<h3>Notes</h3><ul class="remarks">${remarks.slice(0, MOST_ENTRIES).map((remark) => html`<li>${remark}</li>`)}</ul>${renderRest(remarks.length)}`;
}

function renderRest(count: number): Part {
  return count > MOST_ENTRIES
    ? html`<p class="faint">… and ${count - MOST_ENTRIES} more; the API returns all of them.</p>`
    : null;
}
