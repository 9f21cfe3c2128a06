import type { TargetDetail } from "../../../model/daemon/daemon-service.ts";
import type { RunWrites } from "../../../model/ledger/change-log.ts";
import type { Approval } from "../../../model/passes/approval.ts";
import type { AuditEntry } from "../../../model/passes/audit-entry.ts";
import type { PassRecord } from "../../../model/passes/pass.ts";
import { countNoun } from "../../../model/text/count-noun.ts";
import { describeDuration } from "./describe-age.ts";
import { describeOutcome, type Tone } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import { renderBadge } from "./render-badge.ts";
import { renderPlanLink, renderRevision, renderTable, renderTime } from "./render-words.ts";
import { pathOfWritten, renderRunRows } from "./render-written.ts";

/** Rows that are open; the others are folded. */
const OPEN_ROWS = 8;

/** The history of a target: passes, writes, applied revisions, approvals and audit. */
export function renderHistory(
  { target: name, passes, applied, approvals, audit }: TargetDetail,
  runs: readonly RunWrites[],
  now: Date,
): Markup {
  return html`<section id="history" data-live aria-labelledby="history-title"><h2 id="history-title">History</h2>
<h3>Passes</h3>${renderRows(
    "passes",
    ["When", "Outcome", "Revision", "Plan", "Duration"],
    passes.map((pass) => renderPassRow(pass, now)),
  )}
<h3 id="written">Writes</h3>${renderRows("writes", ["When", "What", "Decided", "Revision", "Plan"], renderRunRows(name, runs, now))}
<p><a href="${pathOfWritten(name, null)}">Every write, with its fields</a></p>
<h3>Applied revisions</h3>${renderRows(
    "applied revisions",
    ["When", "Revision", "Plan", "Approval"],
    applied.map(({ at, target, revision, digest, pass, approval }) => [
      html`<a href="/passes/${encodeURIComponent(pass)}">${renderTime(at, now)}</a>`,
      renderRevision(revision),
      renderPlanLink(digest, target),
      approval === null ? html`<span class="faint">not needed</span>` : html`<code>${approval}</code>`,
    ]),
  )}
</section>
<section id="approvals" data-live aria-labelledby="approvals-title"><h2 id="approvals-title">Approvals</h2>${renderRows(
    "approvals",
    ["When", "Who", "Plan", "State"],
    approvals.map((approval) => renderApprovalRow(approval, now)),
  )}</section>
<section id="audit" data-live aria-labelledby="audit-title"><h2 id="audit-title">Audit</h2>${renderRows(
    "audit",
    ["When", "Who", "What", "Details"],
    audit.map((entry) => renderAuditRow(entry, now)),
  )}</section>`;
}

function renderRows(name: string, columns: readonly string[], rows: readonly (readonly Part[])[]): Part {
  if (rows.length === 0) return html`<p class="faint">None.</p>`;
  const rest = rows.slice(OPEN_ROWS);
  return html`${renderTable(name, columns, rows.slice(0, OPEN_ROWS))}
${rest.length === 0 ? null : html`<details class="more" id="more-${name.replaceAll(" ", "-")}"><summary>${countNoun(rest.length, "earlier one")}</summary>${renderTable(`Earlier ${name}`, columns, rest)}</details>`}`;
}

function renderPassRow(
  { id, target, started_at, ended_at, revision, digest, outcome, trigger }: PassRecord,
  now: Date,
): readonly Part[] {
  const { word, tone, text } = describeOutcome(outcome);
  return [
    html`<a href="/passes/${encodeURIComponent(id)}">${renderTime(ended_at, now)}</a> <span class="faint">by ${trigger}</span>`,
    html`${renderBadge(word, tone)} <span class="text">${text}</span>`,
    renderRevision(revision),
    renderPlanLink(digest, target),
    describeDuration(started_at, ended_at),
  ];
}

const APPROVAL_TONES: Readonly<Record<Approval["state"], Tone>> = {
  open: "ask",
  running: "busy",
  done: "good",
  expired: "rest",
  superseded: "rest",
  rejected: "bad",
};

function renderApprovalRow(
  { at, target, by, via, digest, state, overrides, expires_at }: Approval,
  now: Date,
): readonly Part[] {
  const isOpen = state === "open";
  return [
    renderTime(at, now),
    html`${by} <span class="faint">${via}</span>`,
    html`${renderPlanLink(digest, target)}${overrides.length === 0 ? null : html` <span class="faint">overrides ${overrides.join(", ")}</span>`}`,
    html`${renderBadge(state, APPROVAL_TONES[state])}${isOpen ? html` <span class="faint">expires ${renderTime(expires_at, now)}</span>` : null}`,
  ];
}

function renderAuditRow({ at, who, via, action, details }: AuditEntry, now: Date): readonly Part[] {
  const shown = Object.entries(details)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [renderTime(at, now), html`${who} <span class="faint">${via}</span>`, action, shown.join(", ")];
}
