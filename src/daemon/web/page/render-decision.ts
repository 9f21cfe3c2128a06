import type { TargetDetail } from "../../../model/daemon/daemon-service.ts";
import { nameGiver } from "../../../model/passes/decision.ts";
import type { HeldChange, KeptPlan } from "../../../model/passes/pass.ts";
import { IN_FLIGHT, type Offer, type Prospect } from "../../../model/plan/foresight.ts";
import { isEmptyPlan } from "../../../model/plan/plan.ts";
import { describeOffer, describeWhen } from "../../../report/plan/describe-foresight.ts";
import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { type FormParts, renderForm } from "./render-form.ts";
import { pathOfPlan, renderMessage, renderTime } from "./render-words.ts";

/** A plan, its target as it is now, and what the viewer may decide about it. */
export interface Decision {
  readonly kept: KeptPlan;
  /** Null where it is no longer configured. */
  readonly detail: TargetDetail | null;
  /** Null where the viewer is not signed in, or it is unknown. */
  readonly prospect: Prospect | null;
}

/** What the last pass held of this plan. */
export function listHeld({ kept, detail }: Decision): readonly HeldChange[] {
  const last = detail?.last_pass ?? null;
  return last !== null && last.digest === kept.digest && "held" in last.outcome ? last.outcome.held : [];
}

/** When all of this plan was applied, unless something has been planned since; null: it is open. */
export function findApplied({ kept, detail }: Decision): string | null {
  const last = detail?.last_pass ?? null;
  if (last === null || last.digest !== kept.digest || last.outcome.kind !== "applied") return null;
  return last.outcome.held.length === 0 ? last.ended_at : null;
}

/** Forms to approve and reject where the viewer may; else who may. Empty where there is nothing to decide. */
export function renderDecision(context: PageContext, decision: Decision): Part {
  const { kept, prospect } = decision;
  if ((isEmptyPlan(kept.plan) && kept.plan.applyable) || findApplied(decision) !== null) return null;
  if (context.viewer.caller === null) {
    return context.can_sign_in
      ? html`<p class="faint">To approve or reject this plan, <a href="/sign-in?to=${encodeURIComponent(pathOfPlan(kept.digest, kept.target))}">sign in</a>.</p>`
      : null;
  }
  const { approve = null, reject = null } = prospect?.refused ?? {};
  const isForbidden = approve?.code === "not_allowed";
  const rejected = prospect?.rejected ?? null;
  const target = html`<input type="hidden" name="target" value="${kept.target}">`;
  // What the reader of this page can know of.
  const decided = prospect === null ? null : html`<input type="hidden" name="decided" value="${prospect.decided}">`;
  const { button, look, fields } = describeApproval(prospect);
  // What was approved before is part of what is approved now.
  const former = (prospect?.approved?.overrides ?? []).map(
    (name) => html`<input type="hidden" name="overrides" value="${name}">`,
  );
  return html`<div class="decision" role="group" aria-label="Decide on this plan">
${rejected === null ? null : html`<p class="why">Rejected by ${nameGiver(rejected)} ${renderTime(rejected.at, context.now)}. Revert its commits, or approve it anyway.</p>`}
${
  isForbidden
    ? html`<p class="why">${renderMessage(approve.message)}</p>`
    : renderForm(context, {
        id: "approve",
        action: `/plans/${kept.digest}/approve`,
        fields: [target, decided, former, fields],
        button: rejected === null ? button : "Approve anyway",
        look: rejected === null ? look : "quiet",
        disabled: explainDisabled(decision) ?? plainOf(approve?.message),
      })
}
${
  reject?.code === "not_allowed" || rejected !== null
    ? null
    : html`<details class="more" id="reject-fold"><summary>Reject</summary>
${renderForm(context, {
  id: "reject",
  action: `/plans/${kept.digest}/reject`,
  fields: html`${target}<label for="reject-reason">Reason</label><input id="reject-reason" name="reason" required maxlength="500" autocomplete="off">`,
  button: "Reject this plan",
  look: "danger",
  disabled: explainDisabled(decision) ?? plainOf(reject?.message),
})}</details>`
}</div>`;
}

/** Why there is nothing to decide for any viewer; null: there is. An approved plan can be rejected until it is applied. */
function explainDisabled({ detail, prospect }: Decision): string | null {
  if (detail === null) return "Its target is no longer configured.";
  if (prospect === null) return "Decisions about it are unavailable right now.";
  if (detail.running?.step !== "apply" || prospect.approved !== null) return null;
  return "A pass is applying the changes that need no approval.";
}

function plainOf(words: string | undefined): string | null {
  return words === undefined ? null : plain(words);
}

/** The button and its overrides: where a single override is required, the button includes it. */
function describeApproval(foresight: Prospect | null): Required<Pick<FormParts, "button" | "look" | "fields">> {
  if (foresight === null) return { button: "Approve this plan", look: "main", fields: null };
  const needed = foresight.offers.filter((offer) => offer.needed);
  const others = foresight.offers.filter((offer) => !offer.needed);
  const [only, ...more] = needed;
  const isOne = only !== undefined && more.length === 0;
  return {
    button: isOne ? plain(describeOffer(only)) : "Approve this plan",
    look: needed.some(({ name }) => name === IN_FLIGHT) ? "danger" : "main",
    fields: html`${foresight.kind === "later" ? html`<p class="faint">${describeWhen(foresight)}</p>` : null}
${isOne ? html`<p class="faint">${renderMessage(foresight.message)}</p><input type="hidden" name="overrides" value="${only.name}">` : renderOffers("needed", "Required overrides", needed)}
${renderOffers("offered", "More overrides, for this run only", others)}`,
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
