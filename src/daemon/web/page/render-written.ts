import type { Address } from "../../../model/address.ts";
import type { Blame, BlamedField } from "../../../model/ledger/blame.ts";
import { type ChangeEntry, nameObject, type RunWrites } from "../../../model/ledger/change-log.ts";
import { countNoun } from "../../../model/text/count-noun.ts";
import { describeDecided, describeDoubt, listWrittenFields } from "../../../report/history/describe-entry.ts";
import { describeSource, describeUnread } from "../../../report/history/render-blame-text.ts";
import { type FieldLine, formatDifference, formatOnPage } from "../../../report/plan/describe-change.ts";
import { formatBothOnPage } from "../../../report/plan/diff-change.ts";
import { diffTexts } from "../../../report/text/diff-texts.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderLayout } from "./render-layout.ts";
import { renderPlanLink, renderRevision, renderTable, renderTime } from "./render-words.ts";

/** Entries of the change log that a page shows; the API has all. */
export const MOST_SHOWN = 100;

/** The writes to a target that a page shows. */
export interface WrittenView {
  readonly target: string;
  /** Null: of all objects. */
  readonly address: Address | null;
  /** Newest first. */
  readonly entries: readonly ChangeEntry[];
  /** Whether there are older ones. */
  readonly more: boolean;
  /** The origin of the object's fields; null: unknown, or the page is about all objects. */
  readonly blame: Blame | null;
}

/** The page of the writes to a target, or to one of its objects with the origin of its fields. */
export function renderWrittenPage(
  context: PageContext,
  { target, address, entries, more, blame }: WrittenView,
): string {
  const { now } = context;
  const title = address ?? `Writes to ${target}`;
  const rows = entries.map((entry) => renderEntryRow(target, entry, now));
  return renderLayout(context, {
    title,
    main: html`<p class="crumbs"><a href="/">Targets</a> / <a href="/targets/${encodeURIComponent(target)}">${target}</a>${address === null ? null : html` / <a href="${pathOfWritten(target, null)}">Writes</a>`}</p>
<h1>${address === null ? title : html`<code>${address}</code>`}</h1>
${blame === null || blame.fields.length === 0 ? null : renderBlame(blame, now)}
<section aria-labelledby="written-title"><h2 id="written-title">Writes</h2>${
      rows.length === 0
        ? html`<p class="faint">None in the retained change log.</p>`
        : renderTable("Writes", ["When", "Object", "What", "Decided", "Revision", "Plan"], rows)
    }${more ? html`<p class="faint">The API and <code>poolkeeper history ${target} --objects --since 0</code> begin with the oldest.</p>` : null}</section>`,
  });
}

/** The URL path of a target's writes, or of one object's. */
export function pathOfWritten(target: string, address: Address | null): string {
  const path = `/targets/${encodeURIComponent(target)}/written`;
  return address === null ? path : `${path}?address=${encodeURIComponent(address)}`;
}

/** The passes and commands that wrote, as table rows: time, objects, and the decision behind it. */
export function renderRunRows(target: string, runs: readonly RunWrites[], now: Date): readonly (readonly Part[])[] {
  return runs.map((run) => [
    renderWhen(run, now),
    html`${countNoun(run.writes, "write")} <span class="faint">${run.objects.map((address, index) => html`${index === 0 ? "" : ", "}${renderObject(target, address)}`)}</span>`,
    describeDecided(run),
    renderRevision(run.revision, "none"),
    renderRunPlan(target, run),
  ]);
}

/** A command or a program has no pass with a page of its own, and its plan is not kept. */
function renderWhen({ at, run_id, via }: Pick<ChangeEntry, "at" | "run_id" | "via">, now: Date): Markup {
  return via !== "daemon"
    ? html`${renderTime(at, now)} <span class="faint">by a ${via === "cli" ? "command" : "program"}</span>`
    : html`<a href="/passes/${encodeURIComponent(run_id)}">${renderTime(at, now)}</a>`;
}

function renderRunPlan(target: string, { via, digest }: Pick<ChangeEntry, "via" | "digest">): Part {
  return via !== "daemon"
    ? html`<code title="${digest}">${digest.slice(0, 10)}</code>`
    : renderPlanLink(digest, target);
}

function renderObject(target: string, address: Address): Markup {
  return html`<a href="${pathOfWritten(target, address)}"><code>${address}</code></a>`;
}

function renderEntryRow(target: string, entry: ChangeEntry, now: Date): readonly Part[] {
  const object = nameObject(entry);
  const doubt = describeDoubt(entry);
  return [
    renderWhen(entry, now),
    html`${renderObject(target, object)}${object === entry.address ? null : html` <span class="faint">for ${entry.address}</span>`}${entry.place === null ? null : html` <span class="faint">at ${entry.place}</span>`}`,
    html`${entry.op}${doubt === null ? null : html` <strong>${doubt}</strong>`}<ul class="plain">${listWrittenFields(entry).map((field) => html`<li><code>${describeField(field)}</code></li>`)}</ul>`,
    describeDecided(entry),
    renderRevision(entry.revision, "none"),
    renderRunPlan(target, entry),
  ];
}

function describeField(field: FieldLine): string {
  const { symbol, path, before, after, isFile } = field;
  return `${symbol} ${path} ${isFile ? `(${diffTexts(before, after).summary})` : `= ${formatDifference(field, formatBothOnPage)}`}`;
}

function renderBlame(blame: Blame, now: Date): Markup {
  const rows = blame.fields.map((field) => {
    const { entry } = { entry: null, ...field.source };
    return [
      html`<code>${field.path}</code>`,
      renderValue(field),
      describeSource(field.source, blame),
      entry === null ? "" : renderRevision(entry.revision, "none"),
      entry === null ? "" : renderWhen(entry, now),
    ];
  });
  return html`<section aria-labelledby="fields-title"><h2 id="fields-title">Origin of its fields</h2>
${renderTable("Fields", ["Field", "Value", "From", "Revision", "When"], rows)}
<p class="faint">${blame.looked_at === null ? describeUnread(blame) : html`Last read ${renderTime(blame.looked_at, now)}.`}</p></section>`;
}

function renderValue({ value, live, source }: BlamedField): Markup {
  if (live === undefined) return html`<code>${source.kind === "absent" ? "(none)" : formatOnPage(value)}</code>`;
  const [own, other] = formatBothOnPage({ symbol: "~", before: value, after: live ?? undefined, isFile: false });
  return html`<code>${source.kind === "absent" ? "(none)" : own}</code> <strong class="bad">live differs: <code>${other}</code></strong>`;
}
