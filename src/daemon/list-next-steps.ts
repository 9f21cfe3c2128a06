import type { Pause, TargetState } from "../model/daemon/daemon-records.ts";
import type { Reader } from "../model/daemon/daemon-service.ts";
import { nameGiver } from "../model/passes/decision.ts";
import type { NextStep } from "../model/passes/next-step.ts";
import type { Prospect } from "../model/plan/foresight.ts";
import { quoteWord } from "../model/text/quote-word.ts";
import { describeOffer } from "../report/plan/describe-foresight.ts";
import { formatMoment } from "../report/text/format-moment.ts";
import { hasRole } from "./web/access/has-role.ts";

/** What is known of a target when its next steps are listed. */
export interface NextFacts {
  readonly state: Pick<TargetState, "target" | "pinned_revision" | "status">;
  readonly pauses: readonly Pause[];
  /** Of the plan that the target's last pass made; null: it made none. */
  readonly prospect: Prospect | null;
  readonly reader: Reader | null;
}

/** What one reader can do next about a target: each command is taken as it stands. */
export function listNextSteps({ state, pauses, prospect, reader }: NextFacts): readonly NextStep[] {
  const { target, pinned_revision } = state;
  const mayOperate = hasRole(reader, "operate");
  const operate = (message: string, command: string): NextStep => ({ target, message, command });
  const resumes = pauses.map(({ address }) =>
    operate(
      `Resumes ${address ?? target}.`,
      `poolkeeper resume ${target}${address === null ? "" : ` --address ${quoteWord(address)}`}`,
    ),
  );
  const follow = operate("Follows the branch again.", `poolkeeper reconcile ${target} --follow`);
  const decisions = prospect === null || !isNext(state, prospect) ? [] : describeDecision(target, prospect);
  const steps = [decisions, mayOperate ? resumes : []];
  return [
    // What is paused is resumed first of all: to override the pause is for what can't wait.
    ...(state.status.state === "Paused" ? steps.toReversed() : steps).flat(),
    ...(mayOperate && pinned_revision !== null ? [follow] : []),
  ];
}

/**
 * Where a user is asked, independent of this reader's answer. Elsewhere where an approval allows something that does not run by itself: a
 * plan that waits for work continues under its approval.
 */
function isNext({ status: { state } }: NextFacts["state"], { command, offers }: Prospect): boolean {
  if (state === "AwaitingApproval") return true;
  return command !== null && offers.some(({ needed }) => needed);
}

function describeDecision(target: string, { refused, rejected, offers, command }: Prospect): readonly NextStep[] {
  const needed = offers.filter((offer) => offer.needed).map(describeOffer);
  const effect = needed.join(", and ") || "Approves the plan";
  if (rejected === null) {
    return [{ target, message: command === null ? (refused.approve?.message ?? "") : `${effect}.`, command }];
  }
  const after = { target, message: `${effect} anyway.`, command };
  // The command alone would not show that the plan was rejected.
  return [{ target, message: describeRejection(rejected), command: null }, ...(command === null ? [] : [after])];
}

function describeRejection(rejected: NonNullable<Prospect["rejected"]>): string {
  return `${nameGiver(rejected)} rejected the plan at ${formatMoment(rejected.at)}. Revert its commits, or approve it anyway.`;
}
