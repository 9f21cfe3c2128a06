import type { Diagnostic } from "../../../model/diagnostics/diagnostic.ts";
import { PASS_STEPS, type PassOutcome, type PassRecord, type PassStep } from "../../../model/passes/pass.ts";
import type { Plan } from "../../../model/plan/plan.ts";
import { describeDuration } from "./describe-age.ts";
import { describeOutcome, reportOf } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderBadge } from "./render-badge.ts";
import { renderLayout } from "./render-layout.ts";
import { renderChecks, renderSteps } from "./render-plan-parts.ts";
import { renderFacts, renderMessage, renderPlanLink, renderRevision, renderTime } from "./render-words.ts";

/** Diagnostics of manifests that a page shows. */
const MOST_DIAGNOSTICS = 200;

/** The page of one pass. `plan`: the one it made, or null where it made none or it is not kept any more. */
export function renderPassPage(context: PageContext, pass: PassRecord, plan: Plan | null): string {
  const { word, tone, text } = describeOutcome(pass.outcome);
  return renderLayout(context, {
    title: `Pass ${pass.id}`,
    main: html`<p class="crumbs"><a href="/">Targets</a> / <a href="/targets/${pass.target}">${pass.target}</a></p>
<h1>Pass <code>${pass.id}</code></h1>
<p class="lead">${renderBadge(word, tone)} ${renderMessage(text)}</p>
${renderFacts([
  ["Started", html`${renderTime(pass.started_at, context.now)} <span class="faint">by ${pass.trigger}</span>`],
  ["Duration", describeDuration(pass.started_at, pass.ended_at)],
  ["Revision", renderRevision(pass.revision, "none")],
  ["Plan", renderPlanLink(pass.digest, pass.target)],
])}
${renderOutcome(pass.outcome, plan)}`,
  });
}

function renderOutcome(outcome: PassOutcome, plan: Plan | null): Part {
  const report = reportOf(outcome);
  return [
    "step" in outcome ? section("Where it stopped", renderStopped(outcome.step, outcome.code)) : null,
    outcome.kind === "invalid" ? section("Mistakes", renderDiagnostics(outcome.diagnostics)) : null,
    outcome.kind === "blocked" ? section("Checks", renderChecks(outcome.checks)) : null,
    "held" in outcome && outcome.held.length > 0
      ? section(
          "Held",
          html`<ul class="remarks">${outcome.held.map(({ address, message }) => html`<li><code>${address}</code> ${renderMessage(message)}</li>`)}</ul>`,
        )
      : null,
    plan !== null && report !== null ? section("Steps", renderSteps(plan, report)) : null,
  ];
}

function section(title: string, content: Part): Markup {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

function renderStopped(step: PassStep, code: string): Markup {
  const reached = PASS_STEPS.indexOf(step);
  return html`<ol class="track">${PASS_STEPS.map((name, index) => html`<li class="${index < reached ? "done" : index === reached ? "stopped" : "later"}">${name}${index === reached ? html` <span class="unseen">(stopped here)</span>` : null}</li>`)}</ol>
<p class="faint">Code <code>${code}</code></p>`;
}

function renderDiagnostics(diagnostics: readonly Diagnostic[]): Markup {
  const rest = diagnostics.length - MOST_DIAGNOSTICS;
  return html`<ul class="diagnostics">${diagnostics.slice(0, MOST_DIAGNOSTICS).map(
    ({ severity, code, summary, detail, file, line, column, address }) =>
      html`<li>${severity === "error" ? renderBadge("Error", "bad") : renderBadge("Warning", "ask")} <strong>${summary}</strong>
<p><code>${file}:${line}:${column}</code>${address === null ? null : html` <code>${address}</code>`} <span class="faint">${code}</span></p><p>${renderMessage(detail)}</p></li>`,
  )}</ul>${rest > 0 ? html`<p class="faint">… and ${rest} more</p>` : null}`;
}
