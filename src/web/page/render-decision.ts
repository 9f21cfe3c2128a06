import type { Approval } from "../../model/daemon-records.ts";
import type { HeldChange, KeptPlan } from "../../model/pass.ts";
import { isEmptyPlan } from "../../model/plan.ts";
import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { may, renderForm } from "./render-form.ts";

/** What a decision on a plan rests on. */
export interface Decision {
  readonly kept: KeptPlan;
  readonly held: readonly HeldChange[];
  /** Of the target. */
  readonly approvals: readonly Approval[];
  /** The digest of the target's latest plan. */
  readonly latest: string | null;
}

/** Forms to approve and reject, for those who may; nothing where there is nothing to decide. */
export function renderDecision(context: PageContext, decision: Decision): Part {
  const { kept } = decision;
  if (isEmptyPlan(kept.plan)) return null;
  if (context.viewer.caller === null) {
    return context.can_sign_in
      ? html`<p class="faint">To approve or reject this plan, <a href="/sign-in?to=${encodeURIComponent(`/plans/${kept.digest}`)}">sign in</a>.</p>`
      : null;
  }
  if (!may(context, "approve")) return null;
  const disabled = explainDisabled(decision);
  return html`<div class="decision" role="group" aria-label="Decide on this plan">
${renderForm(context, {
  id: "approve",
  action: `/plans/${kept.digest}/approve`,
  fields: renderOverrides(decision),
  button: "Approve this plan",
  look: "main",
  disabled,
})}
<details class="more" id="reject-fold"><summary>Reject</summary>
${renderForm(context, {
  id: "reject",
  action: `/plans/${kept.digest}/reject`,
  fields: html`<label for="reject-reason">Why</label><input id="reject-reason" name="reason" required maxlength="500" autocomplete="off">`,
  button: "Reject this plan",
  look: "danger",
  disabled,
})}</details></div>`;
}

/** Why there is nothing to decide any more; null: there is. */
function explainDisabled({ kept, approvals, latest }: Decision): string | null {
  const taken = approvals.find(
    ({ digest, state }) => digest === kept.digest && (state === "open" || state === "running"),
  );
  if (taken !== undefined) {
    const how = taken.state === "running" ? "it is being carried out" : "the next pass carries it out";
    return `${taken.by} has approved it already: ${how}.`;
  }
  const rejected = approvals.find(({ digest, state }) => digest === kept.digest && state === "rejected");
  if (rejected !== undefined) return `${rejected.by} has rejected it.`;
  if (latest !== null && latest !== kept.digest) return "It is out of date: a newer plan is there.";
  return null;
}

/** What may be let through once: checks that fail, and what holds changes back. */
function listOverrides({ kept, held }: Decision): readonly string[] {
  const failing = kept.plan.checks.filter(({ status, allowed }) => status === "fail" && allowed !== true);
  const holds = held.map(({ reason }) => reason).filter((reason) => reason === "window" || reason === "freeze");
  return [...new Set([...failing.map(({ name }) => name), ...holds])];
}

function renderOverrides(decision: Decision): Part {
  const names = listOverrides(decision);
  if (names.length === 0) return null;
  return html`<fieldset><legend>Let through, once</legend>
${names.map((name, index) => html`<label class="check" for="override-${index}"><input type="checkbox" id="override-${index}" name="overrides" value="${name}"> <code>${name}</code></label>`)}
</fieldset>`;
}
