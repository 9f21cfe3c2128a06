import type { ReviewVerdict } from "../../../model/review.ts";
import { html, type Markup } from "./markup.ts";
import { renderChangeGroups } from "./render-changes.ts";
import { renderCounts } from "./render-plan.ts";
import { renderChecks, renderRemarks, renderRoutes, renderSteps } from "./render-plan-parts.ts";
import { renderSection } from "./render-section.ts";
import { groupByParts } from "./sort-changes.ts";

/** The plan of a merge in sections; hidden where there is none, so that a live update can fill it. */
export function renderReviewedPlan(verdict: Extract<ReviewVerdict, { readonly kind: "planned" }> | null): Markup {
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
