import type {
  RequestOverview,
  RunningPass,
  TargetDetail,
  TargetOverview,
} from "../../../model/daemon/daemon-service.ts";
import type { RunWrites } from "../../../model/ledger/change-log.ts";
import { PASS_STEPS } from "../../../model/passes/pass.ts";
import type { Prospect } from "../../../model/plan/foresight.ts";
import { describeWaits } from "../../../report/status/render-targets-text.ts";
import { forReader } from "../access/has-role.ts";
import { describeOutcome } from "./describe-outcome.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderActions, renderPauses } from "./render-actions.ts";
import { renderState } from "./render-badge.ts";
import { renderHistory } from "./render-history.ts";
import { renderLayout } from "./render-layout.ts";
import { renderPlanSections } from "./render-plan.ts";
import { renderRequests } from "./render-requests.ts";
import { renderFacts, renderMessage, renderRevision, renderTime, renderTimeOr } from "./render-words.ts";

/** The content of a target's page. */
export interface TargetView {
  readonly detail: TargetDetail;
  /** What the viewer may decide about its plan; null: not signed in, or there is no plan. */
  readonly prospect: Prospect | null;
  readonly requests: readonly RequestOverview[];
  /** Passes and commands that wrote. */
  readonly runs: readonly RunWrites[];
  /** Confirms the action just taken, or null. */
  readonly done: string | null;
}

/** The page of one target. */
export function renderTarget(context: PageContext, { detail, prospect, requests, runs, done }: TargetView): string {
  const { target, status } = detail;
  const pauses = renderPauses(context, detail);
  const { warnings } = forReader(detail, context.viewer.caller);
  return renderLayout(context, {
    title: target,
    live: target,
    main: html`<p class="crumbs"><a href="/">Targets</a></p>
${done === null ? null : html`<p class="done-message" role="status">${done}</p>`}
<header class="target-head" id="head" data-live><h1>${target} <span data-announce="${target}">${renderState(status)}</span></h1>
<p class="lead">${renderMessage(status.message)}</p></header>
<nav class="jump" id="jump" data-live aria-label="On this page"><a href="#plan">Plan</a><a href="#steps">Steps</a><a href="#checks">Checks</a><a href="#routing">Routing</a>${requests.length === 0 && detail.requests_trouble === null ? null : html`<a href="#requests">Pull requests</a>`}<a href="#history">History</a><a href="#audit">Audit</a></nav>
<div class="columns"><aside aria-label="About ${target}"><section id="facts" data-live>${renderTargetFacts(detail, context.now)}</section>
<section id="actions" data-live aria-label="Actions">${renderActions(context, detail)}</section></aside>
<div class="wide">
<section id="running" data-live aria-labelledby="running-title" ${detail.running === null ? html`hidden` : null}>${renderRunning(detail.running, context.now)}</section>
<section id="warnings" data-live aria-label="Warnings" ${warnings.length === 0 ? html`hidden` : null}>${warnings.map((warning) => html`<p class="problem">${warning}</p>`)}</section>
<section id="pauses" data-live aria-labelledby="pauses-title" ${pauses === null ? html`hidden` : null}>${pauses}</section>
${renderPlanOrNone(context, detail, prospect)}
${renderRequests({ requests, detail }, context.now)}
${renderHistory(detail, runs, context.now)}
</div>
</div>`,
  });
}

/**
 * The page of a target of which the store can't be read: what the daemon has in memory, and why there is no more. It stays as it is; the page that
 * was open before shows the same parts.
 */
export function renderUnreadTarget(
  context: PageContext,
  overview: TargetOverview,
  problem: { readonly title: string; readonly message: string },
): string {
  const { target, status, running } = overview;
  const { warnings } = forReader(overview, context.viewer.caller);
  return renderLayout(context, {
    title: target,
    main: html`<p class="crumbs"><a href="/">Targets</a></p>
<div class="narrow"><h1>${problem.title}</h1><p class="lead" role="alert">${problem.message}</p>
<header class="target-head" id="head" data-live><h2>${target} <span data-announce="${target}">${renderState(status)}</span></h2>
<p class="lead">${renderMessage(status.message)}</p></header>
<section id="running" data-live aria-labelledby="running-title" ${running === null ? html`hidden` : null}>${renderRunning(running, context.now)}</section>
<section id="warnings" data-live aria-label="Warnings" ${warnings.length === 0 ? html`hidden` : null}>${warnings.map((warning) => html`<p class="problem">${warning}</p>`)}</section>
<section id="facts" data-live aria-label="About ${target}">${renderTargetFacts(overview, context.now)}</section></div>`,
  });
}

function renderRunning(running: RunningPass | null, now: Date): Part {
  if (running === null) return null;
  const { waits_for } = running;
  const reached = PASS_STEPS.indexOf(running.step);
  return html`<h2 id="running-title"><span class="pulse" aria-hidden="true"></span>A pass is running</h2>
<p class="faint">Started ${renderTime(running.started_at, now)}, run <code>${running.id}</code></p>
${waits_for === undefined ? null : html`<p>Since ${renderTime(waits_for.since, now)}, it ${describeWaits(waits_for)}.</p>`}
<ol class="track">${PASS_STEPS.map((step, index) => html`<li class="${index < reached ? "done" : index === reached ? "now" : "later"}" ${index === reached ? html`aria-current="step"` : null}>${step}</li>`)}</ol>
${running.progress.length === 0 ? null : html`<ul class="log" aria-label="Progress">${running.progress.slice(-20).map((line) => html`<li>${line}</li>`)}</ul>`}`;
}

function renderPlanOrNone(context: PageContext, detail: TargetDetail, prospect: Prospect | null): Markup {
  const { plan } = detail;
  if (plan === null) {
    return html`<section id="plan" data-live aria-labelledby="plan-title"><h2 id="plan-title">Plan</h2><p class="faint">No plan: no changes, or not reconciled yet.</p></section>
<section id="steps" data-live hidden></section><section id="checks" data-live hidden></section><section id="routing" data-live hidden></section>`;
  }
  return renderPlanSections(context, { kept: plan, detail, prospect });
}

function renderTargetFacts(detail: TargetOverview, now: Date): Markup {
  const { status, applied_revision, good_revision, pinned_revision, last_success_at, last_pass } = detail;
  const left = detail.contests.filter(({ held_since }) => held_since !== null).map(({ address }) => address);
  return renderFacts([
    ["Since", html`${renderTime(status.since, now)} <span class="faint">${status.reason}</span>`],
    ["Applied revision", renderRevision(applied_revision)],
    ["Newest good revision", renderRevision(good_revision)],
    ...(pinned_revision === null ? [] : [["Pinned to", renderRevision(pinned_revision)] as const]),
    ...(detail.drift_since === null ? [] : [["Drift since", renderTime(detail.drift_since, now)] as const]),
    ...(left.length === 0 ? [] : [["Contested, not reverted", left.join(", ")] as const]),
    ["Last success", renderTimeOr(last_success_at, now, "never")],
    [
      "Last pass",
      last_pass === null
        ? "none yet"
        : html`<a href="/passes/${encodeURIComponent(last_pass.id)}">${describeOutcome(last_pass.outcome).word}</a> ${renderTime(last_pass.ended_at, now)}`,
    ],
    ...(detail.failures === 0 ? [] : [["Consecutive failures", String(detail.failures)] as const]),
    ["Source", detail.source],
    ["Control plane", html`${detail.control_plane} <span class="faint">${detail.org}</span>`],
  ]);
}
