import type { TargetOverview } from "../../../model/daemon/daemon-service.ts";
import { STATES } from "../../../model/passes/status.ts";
import { countNoun } from "../../../model/text/count-noun.ts";
import { describeBriefly } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { describeState, rankState, renderState } from "./render-badge.ts";
import { renderLayout } from "./render-layout.ts";
import { renderRequestsTrouble } from "./render-requests.ts";
import { renderFacts, renderMessage, renderRevision, renderTime, renderTimeOr } from "./render-words.ts";

/** The page of all targets: those that need attention come first. */
export function renderOverview(context: PageContext, targets: readonly TargetOverview[]): string {
  const sorted = targets.toSorted(
    (left, right) =>
      rankState(left.status.state) - rankState(right.status.state) || left.target.localeCompare(right.target),
  );
  return renderLayout(context, {
    title: "Targets",
    live: null,
    main: html`<h1>Targets</h1>
<p class="lead" id="summary" data-live>${summarise(targets)}</p>
<ul class="cards" id="targets" data-live>${sorted.map((target) => renderCard(context, target))}</ul>`,
  });
}

function summarise(targets: readonly TargetOverview[]): string {
  if (targets.length === 0) return "No targets are configured.";
  const counts = STATES.map((state) => [state, targets.filter(({ status }) => status.state === state).length] as const);
  const shown = counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${describeState(state).toLowerCase()}`);
  return `${countNoun(targets.length, "target")}: ${shown.join(", ")}.`;
}

function renderCard({ now }: PageContext, overview: TargetOverview): Markup {
  const { target, status, last_pass, running } = overview;
  const next = nextThing(overview);
  return html`<li class="card" id="target-${target}">
<div class="card-head"><h2><a href="/targets/${target}">${target}</a></h2><span data-announce="${target}">${renderState(status)}</span>
${next === null ? null : html`<a class="button next" href="${next.href}">${next.text}<span class="unseen"> of ${target}</span></a>`}</div>
<p class="message">${renderMessage(status.message)}</p>
${renderRequestsTrouble(overview, now)}
${running === null ? null : html`<p class="running"><span class="pulse" aria-hidden="true"></span>A pass is running: ${running.step}</p>`}
${renderFacts([
  ["Since", html`${renderTime(status.since, now)} <span class="faint">${status.reason}</span>`],
  ["Applied", renderApplied(overview, now)],
  [
    "Last pass",
    last_pass === null
      ? "none yet"
      : html`${describeBriefly(last_pass.outcome)} <span class="faint">${renderTime(last_pass.ended_at, now)}</span>`,
  ],
  ["Control plane", html`${overview.control_plane} <span class="faint">${overview.org}</span>`],
])}
</li>`;
}

function renderApplied(
  { applied_revision, good_revision, pinned_revision, last_success_at }: TargetOverview,
  now: Date,
): Part {
  const isBehind = good_revision !== null && good_revision !== applied_revision;
  return html`${renderRevision(applied_revision)} <span class="faint">${renderTimeOr(last_success_at, now, "never")}</span>${
    pinned_revision === null ? null : html` <span class="tag">pinned to ${renderRevision(pinned_revision)}</span>`
  }${isBehind && pinned_revision === null ? html`, newest ${renderRevision(good_revision)}` : null}`;
}

/** The next action on a target, and its link. */
interface NextThing {
  readonly text: string;
  readonly href: string;
}

/** The next action by the target's state; null: none. */
function nextThing({ target, status, last_pass, pauses }: TargetOverview): NextThing | null {
  const page = `/targets/${target}`;
  const pass = last_pass === null ? page : `/passes/${encodeURIComponent(last_pass.id)}`;
  switch (status.state) {
    case "AwaitingApproval":
      return { text: "Review the plan", href: `${page}#plan` };
    case "OutOfSync":
      return { text: "See the drift", href: `${page}#plan` };
    case "Waiting":
      return { text: "See what it waits for", href: `${page}#steps` };
    case "Paused":
      return { text: "See why it is paused", href: pauses.length > 0 ? `${page}#pauses` : `${page}#plan` };
    case "Invalid":
      return { text: "See the errors", href: pass };
    case "Failed":
      return { text: "See what failed", href: pass };
    case "Inconclusive":
      return { text: "See what is unreachable", href: pass };
    case "Synced":
      return null;
  }
}
