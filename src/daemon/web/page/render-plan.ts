import type { ApplyReport } from "../../../model/plan/apply-report.ts";
import { isEmptyPlan, type Plan } from "../../../model/plan/plan.ts";
import { showDigest } from "../../../model/text/digest-digits.ts";
import { describeTarget } from "../../../report/plan/describe-target.ts";
import { countPlanned, reportOf } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderChanges } from "./render-changes.ts";
import { type Decision, findApplied, listHeld, renderDecision } from "./render-decision.ts";
import { renderLayout } from "./render-layout.ts";
import { renderChecks, renderPicture, renderRemarks, renderRoutes, renderSteps } from "./render-plan-parts.ts";
import { pathOfPlan, renderPlanLink, renderRevision, renderTime } from "./render-words.ts";

/** A plan in its sections, for the page of its target and its own page. A page shows one plan. */
export function renderPlanSections(context: PageContext, decision: Decision): Markup {
  const { kept, detail } = decision;
  const last = detail?.last_pass ?? null;
  const report = last === null ? null : reportOf(last.outcome);
  const { plan } = kept;
  const applied = findApplied(decision);
  return html`<section id="plan" data-live aria-labelledby="plan-title">
<h2 id="plan-title">Plan</h2>
<p class="byline">${renderCounts(plan)} <span class="faint">${renderPlanLink(kept.digest, kept.target)} for ${renderRevision(kept.revision, "no revision")}, made ${renderTime(kept.made_at, context.now)}${applied === null ? null : html`, applied ${renderTime(applied, context.now)}`}</span></p>
${renderDecision(context, decision)}
${renderChanges(plan, listHeld(decision))}
${renderRemarks(plan)}
</section>
${renderStepsSection(plan, report)}
<section id="checks" data-live aria-labelledby="checks-title"><h2 id="checks-title">Checks</h2>${renderChecks(plan.checks)}</section>
<section id="routing" data-live aria-labelledby="routing-title"><h2 id="routing-title">Routing</h2>${renderRoutes(plan)}${renderPicture(kept.target, kept.digest.slice(0, 12))}</section>`;
}

function renderStepsSection(plan: Plan, report: ApplyReport | null): Markup {
  const steps = renderSteps(plan, report);
  return html`<section id="steps" data-live aria-labelledby="steps-title" ${steps === null ? html`hidden` : null}><h2 id="steps-title">Steps</h2>${steps}</section>`;
}

/** How much a plan adds, changes, replaces and destroys. */
export function renderCounts(plan: Plan): Part {
  const counts = countPlanned(plan.summary);
  if (counts.length === 0) {
    return html`<strong>${!plan.applyable ? "No changes, and a check fails." : isEmptyPlan(plan) ? "No changes." : "Nothing to add, change or destroy."}</strong>`;
  }
  return html`<span class="counts">${counts.map(({ kind, text }) => html`<span class="counted ${kind}">${text}</span>`)}</span>`;
}

/** The page of one plan. */
export function renderPlanPage(context: PageContext, decision: Decision): string {
  const { kept, detail } = decision;
  const { endpoint, traits } = describeTarget(kept.plan.target);
  const latest = detail?.plan?.digest ?? kept.digest;
  return renderLayout(context, {
    title: `Plan ${kept.digest.slice(0, 10)} of ${kept.target}`,
    live: kept.target,
    main: html`<p class="crumbs"><a href="/">Targets</a> / <a href="/targets/${kept.target}">${kept.target}</a></p>
<h1>Plan <code>${kept.digest.slice(0, 10)}</code></h1>
<p class="lead faint">Digest <code>${showDigest(kept.digest)}</code>, for ${endpoint} (${traits.join(", ")})${latest === kept.digest ? null : html` · a <a href="${pathOfPlan(latest, kept.target)}">newer plan</a> exists`}</p>
${renderPlanSections(context, decision)}`,
  });
}
