import { describeAge } from "./describe-age.ts";
import { html, type Markup, type Part } from "./markup.ts";

/** A moment as its age, with the exact time as a tooltip. */
export function renderTime(moment: string, now: Date): Markup {
  const exact = `${moment.slice(0, 19).replace("T", " ")} UTC`;
  return html`<time datetime="${moment}" title="${exact}">${describeAge(moment, now)}</time>`;
}

/** A message, with text in backticks as code. */
export function renderMessage(text: string): Part {
  return text.split("`").map((part, index) => (index % 2 === 1 && part !== "" ? html`<code>${part}</code>` : part));
}

/** A moment, or its placeholder. */
export function renderTimeOr(moment: string | null, now: Date, otherwise: string): Part {
  return moment === null ? otherwise : renderTime(moment, now);
}

/** Letters of a revision or digest that are shown. */
const SHORT = 10;

/** A shortened revision, with the whole one as a tooltip. */
export function renderRevision(revision: string | null, otherwise = "none yet"): Part {
  return revision === null ? html`<span class="faint">${otherwise}</span>` : renderHash(revision);
}

/** The URL path of a plan's page. */
export function pathOfPlan(digest: string, target: string): string {
  return `/plans/${digest}?target=${encodeURIComponent(target)}`;
}

/** A link to the page of a plan. */
export function renderPlanLink(digest: string | null, target: string): Part {
  return digest === null
    ? html`<span class="faint">no plan</span>`
    : html`<a href="${pathOfPlan(digest, target)}">${renderHash(digest)}</a>`;
}

function renderHash(text: string): Markup {
  return html`<code title="${text}">${text.slice(0, SHORT)}</code>`;
}

/** Facts with their names. */
export function renderFacts(facts: readonly (readonly [string, Part])[]): Markup {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A table with an accessible name; it scrolls on narrow screens. */
export function renderTable(name: string, columns: readonly string[], rows: readonly (readonly Part[])[]): Markup {
  const cells = (row: readonly Part[]) =>
    row.map((cell, index) => html`<td data-label="${columns[index] ?? ""}">${cell}</td>`);
  return html`<table aria-label="${name}">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>
</table>`;
}
