import type { RequestOverview, TargetOverview } from "../../../model/daemon/daemon-service.ts";
import type { ReviewOutcome } from "../../../model/reviews/review.ts";
import { countNoun } from "../../../model/text/count-noun.ts";
import { describeApply, describeRequest, OUTCOME_WORDS } from "./describe-request.ts";
import { html, type Markup, type Part } from "./markup.ts";
import { renderBadge } from "./render-badge.ts";
import { renderForgeLink, renderRequestLink } from "./render-forge-link.ts";
import { renderSection } from "./render-layout.ts";
import { renderMessage, renderTable, renderTime } from "./render-words.ts";

/** Requests that a page shows; the API returns all. */
const MOST_REQUESTS = 100;

/** Why the pull requests of a target can't be reviewed, as a paragraph; null: they can. */
export function renderRequestsTrouble({ requests_trouble }: Pick<TargetOverview, "requests_trouble">, now: Date): Part {
  if (requests_trouble === null) return null;
  const { since, message, next_at } = requests_trouble;
  return html`<p class="problem">Its pull requests can't be reviewed since ${renderTime(since, now)}: ${renderMessage(message)} Next try by ${renderTime(next_at, now)}.</p>`;
}

/** The pull requests of a target that are open or not settled yet, newest first; hidden where there are none. */
export function renderRequests(
  { requests, detail }: { readonly requests: readonly RequestOverview[]; readonly detail: TargetOverview },
  now: Date,
): Markup {
  const newest = requests.toSorted((one, other) => other.number - one.number);
  const rest = newest.length - MOST_REQUESTS;
  const rows = newest.slice(0, MOST_REQUESTS).map((request) => renderRow(request, now));
  const table = rows.length === 0 ? null : renderTable("Pull requests", ["Request", "Plan", "Apply", "Reviewed"], rows);
  const trouble = renderRequestsTrouble(detail, now);
  const content = html`${trouble}${table}
${rest > 0 ? html`<p class="faint">… and ${countNoun(rest, "older one")}; the API returns all of them.</p>` : null}`;
  return renderSection("requests", "Pull requests", table === null && trouble === null ? null : content);
}

function renderRow(request: RequestOverview, now: Date): readonly Part[] {
  const { target, number, url, author, outcome, statuses, updated_at } = request;
  const { word, tone } = describeRequest(request);
  return [
    html`<span class="name">${renderRequestLink(target, number)} by ${author}<br>${renderForgeLink(number, url)}</span>`,
    html`${renderBadge(word, tone)} <span class="text">${renderMessage(statuses.plan.description)}</span>`,
    html`${outcome === null ? null : renderOutcomeBadge(outcome)} <span class="text">${renderMessage(describeApply(request))}</span>`,
    renderTime(updated_at, now),
  ];
}

function renderOutcomeBadge({ kind }: ReviewOutcome): Markup {
  const { word, tone } = OUTCOME_WORDS[kind];
  return renderBadge(word, tone);
}
