import type { HeldChange } from "../../../model/passes/pass.ts";
import type { Change, Plan } from "../../../model/plan/plan.ts";
import { isSealed } from "../../../model/secrets/sealed.ts";
import { type ChangeDescription, describeChange, type FieldLine } from "../../../report/plan/describe-change.ts";
import { formatBothOnPage } from "../../../report/plan/diff-change.ts";
import { diffTexts } from "../../../report/text/diff-texts.ts";
import { html, type Markup, type Part } from "./markup.ts";
import { renderMessage } from "./render-words.ts";
import { type ChangeGroup, findHarsh, groupChanges, listRecorded } from "./sort-changes.ts";

/** Changes of a group that a page shows; the API returns all. */
const MOST_CHANGES = 200;
/** Fields of a change, and lines of a file's difference, that a page shows. */
const MOST_LINES = 400;

/** The changes of a plan by origin: destructive changes come first and are open, the rest is folded. */
export function renderChanges(plan: Plan, held: readonly HeldChange[]): Part {
  return renderChangeGroups(plan, groupChanges(plan), held);
}

/** The same in the given groups, followed by changes without a write. */
export function renderChangeGroups(plan: Plan, groups: readonly ChangeGroup[], held: readonly HeldChange[]): Part {
  const harsh = findHarsh(plan);
  const reasons = new Map(held.map((change) => [change.address, change] as const));
  return [groups.map((group) => renderGroup(group, harsh, reasons)), renderRecorded(plan)];
}

function renderRecorded(plan: Plan): Part {
  const recorded = listRecorded(plan);
  if (recorded.length === 0) return null;
  return html`<details id="recorded" class="more"><summary>Needs no write (${recorded.length})</summary>
<ul class="plain">${recorded.slice(0, MOST_CHANGES).map((change) => html`<li>${describeChange(change).title}</li>`)}</ul></details>`;
}

function renderGroup(
  { id, title, hint, changes }: ChangeGroup,
  harsh: ReadonlySet<string>,
  reasons: ReadonlyMap<string, HeldChange>,
): Markup {
  const rest = changes.length - MOST_CHANGES;
  return html`<section class="group ${id}" aria-labelledby="${id}"><h3 id="${id}">${title} <span class="count">${changes.length}</span></h3>
<p class="faint">${hint}</p>
${changes.slice(0, MOST_CHANGES).map((change) => renderChange(change, harsh.has(change.address), reasons.get(change.address)))}
${rest > 0 ? html`<p class="faint">… and ${rest} more; the API returns all of them.</p>` : null}</section>`;
}

function renderChange(change: Change, isHarsh: boolean, held: HeldChange | undefined): Markup {
  const description = describeChange(change);
  const { symbol, remark, fields, unchanged } = description;
  const verdict = description.title.slice(change.address.length + 1);
  const rows = fields.filter((field) => !isDiff(field));
  return html`<details class="delta ${lookOf(description)}${isHarsh ? " harsh" : ""}" id="change-${change.address}" ${isHarsh ? html`open` : null}>
<summary><span class="sign" aria-hidden="true">${symbol}</span><span class="what"><code>${change.address}</code> ${verdict}</span>${held === undefined ? null : html`<span class="tag">held${held.fields === undefined ? "" : " in part"}: ${held.reason.replaceAll("_", " ")}</span>`}</summary>
<div class="body">
${remark === null ? null : html`<p class="faint">${remark}</p>`}
${held === undefined ? null : html`<p>${held.fields === undefined ? null : html`<code>${held.fields.join(", ")}</code>: `}${renderMessage(held.message)}</p>`}
${rows.length === 0 ? null : html`<table class="fields" aria-label="Fields of ${change.address}"><thead class="unseen"><tr><th scope="col">Field</th><th scope="col">Difference</th></tr></thead><tbody>${rows.slice(0, MOST_LINES).map(renderField)}</tbody></table>`}
${rows.length > MOST_LINES ? html`<p class="faint">… and ${rows.length - MOST_LINES} more fields; the API returns all of them.</p>` : null}
${fields.filter(isDiff).map(renderFile)}
${unchanged === 0 ? null : html`<p class="faint">${unchanged} unchanged</p>`}
</div></details>`;
}

function lookOf({ symbol }: ChangeDescription): string {
  return { "+": "add", "~": "edit", "+/-": "destroy", "-": "destroy", " ": "rest" }[symbol];
}

function isDiff({ isFile }: FieldLine): boolean {
  return isFile;
}

function renderField(field: FieldLine): Markup {
  const { symbol, path, after, forcesReplacement } = field;
  const [was, is] = formatBothOnPage(field);
  const old = html`<del>${was}</del>`;
  const next = html`<ins>${is}</ins>`;
  const arrow = html` <span class="arrow"><span aria-hidden="true">→</span><span class="unseen">becomes</span></span> `;
  const value = {
    "+": next,
    "-": old,
    "~": html`${old}${arrow}${next}${isSealed(after) ? " (differs)" : null}`,
    " ": html`<span class="faint">${is}</span>`,
  };
  return html`<tr><th scope="row"><code>${path}</code></th><td>${value[symbol]}${forcesReplacement ? html` <span class="tag bad">forces replacement</span>` : null}</td></tr>`;
}

function renderFile({ path, before, after }: FieldLine): Markup {
  const { summary, lines } = diffTexts(before, after);
  const shown = lines.slice(0, MOST_LINES);
  return html`<figure class="file"><figcaption><code>${path}</code> <span class="faint">${summary}</span></figcaption>
${
  shown.length === 0
    ? null
    : html`<pre tabindex="0" role="region" aria-label="Difference of ${path}">${shown.map(
        (line) => html`<span class="${lineLook(line)}">${line}
</span>`,
      )}</pre>`
}
${lines.length > shown.length ? html`<p class="faint">… and ${lines.length - shown.length} more lines</p>` : null}</figure>`;
}

function lineLook(line: string): string {
  if (line.startsWith("+")) return "add";
  if (line.startsWith("-")) return "destroy";
  return line.startsWith("@@") ? "place" : "same";
}
