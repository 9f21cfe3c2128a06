import type { Approval } from "../../model/daemon-records.ts";
import type { Foresight, Offer } from "../../model/foresight.ts";
import type { HeldChange, KeptPlan } from "../../model/pass.ts";
import { isEmptyPlan } from "../../model/plan.ts";
import { describeOffer, describeWhen, explainUseless } from "../../report/describe-foresight.ts";
import type { TargetDetail } from "../daemon-service.ts";
import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { may, renderForm } from "./render-form.ts";
import { pathOfPlan, renderMessage } from "./render-words.ts";

/** A plan, its target as it is now, and what would come of its approval. */
export interface Decision {
  readonly kept: KeptPlan;
  /** Null where it is not configured any more. */
  readonly detail: TargetDetail | null;
  /** Null where the viewer may not approve, or nobody can tell. */
  readonly foresight: Foresight | null;
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
  const target = html`<input type="hidden" name="target" value="${kept.target}">`;
  const standing = findStanding(decision);
  const { button, fields } = describeApproval(leaveOut(decision.foresight, standing?.overrides ?? []));
  // What was approved before is part of what is approved now.
  const former = (standing?.overrides ?? []).map(
    (name) => html`<input type="hidden" name="overrides" value="${name}">`,
  );
  return html`<div class="decision" role="group" aria-label="Decide on this plan">
${renderForm(context, {
  id: "approve",
  action: `/plans/${kept.digest}/approve`,
  fields: [target, former, fields],
  button,
  look: "main",
  disabled: explainApproved(decision, standing) ?? explainDisabled(decision, standing),
})}
<details class="more" id="reject-fold"><summary>Reject</summary>
${renderForm(context, {
  id: "reject",
  action: `/plans/${kept.digest}/reject`,
  fields: html`${target}<label for="reject-reason">Why</label><input id="reject-reason" name="reason" required maxlength="500" autocomplete="off">`,
  button: "Reject this plan",
  look: "danger",
  disabled: explainDisabled(decision, standing),
})}</details></div>`;
}

/** The approval of the plan that counts. */
function findStanding({ kept, detail }: Decision): Approval | undefined {
  const own = (detail?.approvals ?? []).filter(({ digest }) => digest === kept.digest);
  return own.find(({ state }) => state === "open" || state === "running");
}

function leaveOut(foresight: Foresight | null, overrides: readonly string[]): Foresight | null {
  if (foresight === null) return null;
  return { ...foresight, offers: foresight.offers.filter(({ name }) => !overrides.includes(name)) };
}

/** Why another approval is of no use beside the one that there is; null: there is none, or it waits for what another one lets through. */
function explainApproved({ foresight }: Decision, standing: Approval | undefined): string | null {
  if (standing === undefined) return null;
  const more = leaveOut(foresight, standing.overrides);
  if (standing.state === "open" && more?.kind === "later" && more.offers.length > 0) return null;
  const how = standing.state === "running" ? "it is being carried out" : "it is carried out as soon as it may";
  return `${standing.by} has approved it already: ${how}.`;
}

/** Why there is nothing to decide any more; null: there is. What was approved can be rejected until it is carried out. */
function explainDisabled(decision: Decision, standing: Approval | undefined): string | null {
  const { kept, detail, foresight } = decision;
  if (detail === null) return "Its target is not configured any more.";
  if (foresight === null && detail.plan !== null && detail.plan.digest !== kept.digest) {
    return "It is out of date: a newer plan is there.";
  }
  if (standing !== undefined) return null;
  if (detail.running?.step === "apply") return "A pass is carrying out what may be done without an approval.";
  const rejected = detail.approvals.find(({ digest, state }) => digest === kept.digest && state === "rejected");
  if (rejected !== undefined) return `${rejected.by} has rejected it.`;
  return explainIdle(decision);
}

/** Why an approval would do nothing, whatever it overrides; null: it does something. */
function explainIdle({ kept, foresight }: Decision): string | null {
  if (foresight === null || (foresight.kind === "held" && foresight.offers.some(({ needed }) => needed))) return null;
  return explainUseless(kept, foresight)?.message ?? null;
}

/** The button, and what it lets through: where one thing is needed, the button is for that. */
function describeApproval(foresight: Foresight | null): { readonly button: string; readonly fields: Part } {
  if (foresight === null) return { button: "Approve this plan", fields: null };
  const needed = foresight.offers.filter((offer) => offer.needed);
  const others = foresight.offers.filter((offer) => !offer.needed);
  const [only, ...more] = needed;
  const isOne = only !== undefined && more.length === 0;
  return {
    button: isOne ? plain(describeOffer(only)) : "Approve this plan",
    fields: html`${foresight.kind === "later" ? html`<p class="faint">${describeWhen(foresight)}</p>` : null}
${isOne ? html`<p class="faint">${renderMessage(foresight.message)}</p><input type="hidden" name="overrides" value="${only.name}">` : renderOffers("needed", "Nothing runs without", needed)}
${renderOffers("offered", "Let through as well, once", others)}`,
  };
}

function renderOffers(id: string, title: string, offers: readonly Offer[]): Part {
  if (offers.length === 0) return null;
  return html`<fieldset><legend>${title}</legend>
${offers.map((offer, index) => html`<label class="check" for="${id}-${index}"><input type="checkbox" id="${id}-${index}" name="overrides" value="${offer.name}" ${offer.needed ? html`required` : null}> ${renderMessage(describeOffer(offer))}</label>`)}
</fieldset>`;
}

/** A button has no code in it. */
function plain(words: string): string {
  return words.replaceAll("`", "");
}
