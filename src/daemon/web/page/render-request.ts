import type { RequestDetail } from "../../../model/daemon/daemon-service.ts";
import type { Diagnostic } from "../../../model/diagnostics/diagnostic.ts";
import { nameGiver } from "../../../model/passes/decision.ts";
import type { Overlap, Review, ReviewOutcome, ReviewVerdict } from "../../../model/reviews/review.ts";
import { showDigest } from "../../../model/text/digest-digits.ts";
import { describeReview, OUTCOME_WORDS } from "./describe-request.ts";
import { html, join, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderBadge } from "./render-badge.ts";
import { renderChangeGroups } from "./render-changes.ts";
import { renderForgeLink, renderRequestLink } from "./render-forge-link.ts";
import { renderLayout, renderSection } from "./render-layout.ts";
import { renderCounts } from "./render-plan.ts";
import { renderChecks, renderRemarks, renderRoutes, renderSteps } from "./render-plan-parts.ts";
import { renderFacts, renderMessage, renderPlanLink, renderRevision, renderTable, renderTime } from "./render-words.ts";
import { groupByParts } from "./sort-changes.ts";

/** Rows of a list that a page shows; the API returns all. */
const MOST_ROWS = 200;

/** The page of one pull request: the whole plan of its merge for one target. */
export function renderRequestPage(context: PageContext, { record, review }: RequestDetail): string {
  const { target, number, url, author } = record;
  const { word, tone, text } = describeReview(review);
  const { verdict } = review;
  return renderLayout(context, {
    title: `Pull request #${number} on ${target}`,
    live: target,
    main: html`<p class="crumbs"><a href="/">Targets</a> / <a href="/targets/${target}">${target}</a></p>
<h1>Pull request #${number}</h1>
<div id="verdict" data-live><p class="lead">${renderBadge(word, tone)} ${renderMessage(text)}</p>
${record.head === review.head ? null : html`<p class="problem">This review is of an older commit and no longer valid. The newest one, ${renderRevision(record.head)}, is being reviewed.</p>`}
${renderFacts([
  ["Request", html`by ${author}, ${renderForgeLink(number, url)}`],
  ["Newest commit", renderRevision(review.head)],
  ["Base commit", renderRevision(review.base, "none")],
  ["Plan's digest", renderDigest(verdict)],
  ["Reviewed", renderTime(record.updated_at, context.now)],
])}</div>
${renderSection("outcome", "Outcome", review.outcome === null ? null : renderOutcome(review.outcome, target, context.now))}
${renderVerdict(review, context.now)}`,
  });
}

function renderDigest(verdict: ReviewVerdict): Part {
  return verdict.kind === "planned"
    ? html`<code>${showDigest(verdict.plan.digest)}</code>`
    : html`<span class="faint">no plan</span>`;
}

function renderVerdict({ verdict, target }: Review, now: Date): Part {
  const isPlanned = verdict.kind === "planned";
  return [
    renderSection("findings", "Problem", renderFindings(verdict)),
    renderSection("overlaps", "Overlapping requests", isPlanned ? renderOverlaps(verdict.overlaps, target, now) : null),
    renderReviewedPlan(isPlanned ? verdict : null),
  ];
}

function renderFindings(verdict: ReviewVerdict): Part {
  if (verdict.kind === "invalid") return renderDiagnostics(verdict.diagnostics);
  if (verdict.kind !== "conflict") return null;
  return html`<ul class="remarks">${verdict.files.map((file) => html`<li><code>${file}</code></li>`)}</ul>`;
}

function renderDiagnostics(diagnostics: readonly Diagnostic[]): Markup {
  const rankOf = ({ severity }: Diagnostic) => (severity === "error" ? 0 : 1);
  const errorsFirst = diagnostics.toSorted((one, other) => rankOf(one) - rankOf(other));
  const rows = errorsFirst
    .slice(0, MOST_ROWS)
    .map(({ severity, code, summary, detail, file, line, column }) => [
      severity === "error" ? renderBadge("Error", "bad") : renderBadge("Warning", "ask"),
      html`<code>${file}:${line}:${column}</code>`,
      html`<p><strong>${summary}</strong> <span class="faint">${code}</span></p><p>${renderMessage(detail)}</p>`,
    ]);
  return html`${renderTable("Errors in the manifests", ["Severity", "Where", "What"], rows)}${renderRest(diagnostics.length)}`;
}

function renderOverlaps(overlaps: readonly Overlap[], target: string, now: Date): Part {
  if (overlaps.length === 0) return null;
  const rows = overlaps.slice(0, MOST_ROWS).map(({ number, url, addresses, holds }) => [
    html`${renderRequestLink(target, number)} <span class="faint">${renderForgeLink(number, url)}</span>`,
    holds === null
      ? "Open"
      : html`Merged by ${holds.by} ${renderTime(holds.since, now)}, and being applied. Later merges wait for it; the wait ends ${renderTime(holds.until, now)} at the latest.`,
    addresses.length === 0
      ? "Too many to compare"
      : html`${join(
          addresses.slice(0, MOST_ROWS).map((address) => html`<code>${address}</code>`),
          ", ",
        )}${renderRest(addresses.length)}`,
  ]);
  return html`${renderTable("Requests that change the same objects", ["Request", "State", "Objects"], rows)}${renderRest(overlaps.length)}`;
}

function renderOutcome(outcome: ReviewOutcome, target: string, now: Date): Markup {
  const { word, tone } = OUTCOME_WORDS[outcome.kind];
  return html`<p>${renderBadge(word, tone)} ${explainOutcome(outcome, target, now)}</p>`;
}

function renderOut({ out_of_service: out = [] }: { readonly out_of_service?: readonly string[] }): Part {
  return out.length === 0 ? null : ` Out of service until then: ${out.slice(0, MOST_ROWS).join(", ")}.`;
}

function explainOutcome(outcome: ReviewOutcome, target: string, now: Date): Part {
  const by = "by" in outcome && outcome.by !== null ? ` by ${outcome.by}` : "";
  switch (outcome.kind) {
    case "closed":
      return outcome.base === undefined
        ? "Not merged. None of it is applied."
        : `Its base is now the branch ${outcome.base}. None of it is applied here.`;
    case "merged":
      return `Merged${by}. It is applied next.`;
    case "waiting":
      return html`Merged${by}. ${renderMessage(outcome.message)}${renderOut(outcome)}`;
    case "held": {
      const which = outcome.reviewed ? "is the plan that was reviewed here" : "was not reviewed here before the merge";
      if (outcome.rejected_by !== undefined) {
        return html`Merged${by}. ${renderPlanLink(outcome.digest, target)} was rejected by ${nameGiver({ by: outcome.rejected_by, reason: outcome.rejected_because ?? null })}.${renderOut(outcome)}`;
      }
      return html`Merged${by}. ${renderPlanLink(outcome.digest, target)} needs an approval; it ${which}.${renderOut(outcome)}`;
    }
    case "applied":
      return html`Merged${by}, and applied in revision ${renderRevision(outcome.revision)} ${renderTime(outcome.at, now)}.${outcome.changed_since === true ? " Later commits had changed the manifests again by then." : null}`;
    case "failed":
      return html`Merged${by}. ${renderMessage(outcome.message)}${renderOut(outcome)}`;
  }
}

function renderRest(count: number): Part {
  return count > MOST_ROWS
    ? html`<p class="faint">… and ${count - MOST_ROWS} more; the API returns all of them.</p>`
    : null;
}

/** The plan of a merge in sections; hidden where there is none, so that a live update can fill it. */
function renderReviewedPlan(verdict: Extract<ReviewVerdict, { readonly kind: "planned" }> | null): Markup {
  const plan = verdict?.plan ?? null;
  return html`${renderSection("plan", "Plan of the merge", verdict === null ? null : renderWhole(verdict))}
${renderSection("steps", "Steps", plan === null ? null : renderSteps(plan, null))}
${renderSection("checks", "Checks", plan === null ? null : renderChecks(plan.checks))}
${renderSection("routing", "Routing", plan === null ? null : renderRoutes(plan))}`;
}

function renderWhole({ plan, parts }: Extract<ReviewVerdict, { readonly kind: "planned" }>): Markup {
  return html`<p class="byline">${renderCounts(plan)}</p>
${renderChangeGroups(plan, groupByParts(plan, parts), [])}
${renderRemarks(plan)}`;
}
