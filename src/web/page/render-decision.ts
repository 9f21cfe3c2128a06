import type { HeldChange, KeptPlan } from "../../model/pass.ts";
import { isEmptyPlan } from "../../model/plan.ts";
import type { TargetDetail } from "../daemon-service.ts";
import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { may, renderForm } from "./render-form.ts";
import { pathOfPlan } from "./render-words.ts";

/** A plan, and its target as it is now: null where that is not configured any more. */
export interface Decision {
  readonly kept: KeptPlan;
  readonly detail: TargetDetail | null;
}

/** What the last pass held back of this plan. */
export function listHeld({ kept, detail }: Decision): readonly HeldChange[] {
  const last = detail?.last_pass ?? null;
  return last !== null && last.digest === kept.digest && "held" in last.outcome ? last.outcome.held : [];
}

/** Forms to approve and reject, for those who may; nothing where there is nothing to decide. */
export function renderDecision(context: PageContext, decision: Decision): Part {
  const { kept } = decision;
  if (isEmptyPlan(kept.plan)) return null;
  if (context.viewer.caller === null) {
    return context.can_sign_in
      ? html`<p class="faint">To approve or reject this plan, <a href="/sign-in?to=${encodeURIComponent(pathOfPlan(kept.digest, kept.target))}">sign in</a>.</p>`
      : null;
  }
  if (!may(context, "approve")) return null;
  const disabled = explainDisabled(decision);
  const target = html`<input type="hidden" name="target" value="${kept.target}">`;
  return html`<div class="decision" role="group" aria-label="Decide on this plan">
${renderForm(context, {
  id: "approve",
  action: `/plans/${kept.digest}/approve`,
  fields: [target, renderOverrides(decision)],
  button: "Approve this plan",
  look: "main",
  disabled,
})}
<details class="more" id="reject-fold"><summary>Reject</summary>
${renderForm(context, {
  id: "reject",
  action: `/plans/${kept.digest}/reject`,
  fields: html`${target}<label for="reject-reason">Why</label><input id="reject-reason" name="reason" required maxlength="500" autocomplete="off">`,
  button: "Reject this plan",
  look: "danger",
  disabled,
})}</details></div>`;
}

/** Why there is nothing to decide any more; null: there is. */
function explainDisabled(decision: Decision): string | null {
  const { kept, detail } = decision;
  if (detail === null) return "Its target is not configured any more.";
  if (detail.plan !== null && detail.plan.digest !== kept.digest) return "It is out of date: a newer plan is there.";
  const own = detail.approvals.filter(({ digest }) => digest === kept.digest);
  const taken = own.find(({ state }) => state === "open" || state === "running");
  if (taken !== undefined) {
    const how = taken.state === "running" ? "it is being carried out" : "the next pass carries it out";
    return `${taken.by} has approved it already: ${how}.`;
  }
  if (detail.running?.step === "apply") return "A pass is carrying out what may be done without an approval.";
  const rejected = own.find(({ state }) => state === "rejected");
  if (rejected !== undefined) return `${rejected.by} has rejected it.`;
  const isTold = detail.last_pass?.digest === kept.digest && detail.status.state !== "AwaitingApproval";
  const isFree = listHeld(decision).length === 0 && listFailing(decision).length === 0;
  return isTold && isFree ? "Nothing of it waits for an approval." : null;
}

function listFailing({ kept: { plan } }: Decision): readonly string[] {
  return plan.checks.filter(({ status, allowed }) => status === "fail" && allowed !== true).map(({ name }) => name);
}

/** What may be let through once: checks that fail, and what holds changes back. */
function listOverrides(decision: Decision): readonly string[] {
  const holds = listHeld(decision).map(({ reason }) => reason);
  return [
    ...new Set([...listFailing(decision), ...holds.filter((reason) => reason === "window" || reason === "freeze")]),
  ];
}

function renderOverrides(decision: Decision): Part {
  const names = listOverrides(decision);
  if (names.length === 0) return null;
  return html`<fieldset><legend>Let through, once</legend>
${names.map((name, index) => html`<label class="check" for="override-${index}"><input type="checkbox" id="override-${index}" name="overrides" value="${name}"> <code>${name}</code></label>`)}
</fieldset>`;
}
