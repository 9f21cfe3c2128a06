import type { Pause, TargetState } from "../model/daemon-records.ts";
import type { Prospect } from "../model/foresight.ts";
import type { NextStep } from "../model/next-step.ts";
import { describeOffer } from "../report/describe-foresight.ts";
import { formatMoment } from "../report/format-moment.ts";
import { quoteWord } from "../report/quote-word.ts";
import { hasRole } from "../web/access/has-role.ts";
import type { Reader } from "../web/daemon-service.ts";

/** What is known of a target when its next steps are listed. */
export interface NextFacts {
  readonly state: Pick<TargetState, "target" | "pinned_revision">;
  readonly pauses: readonly Pause[];
  /** Of the plan that waits for an approval; null: none does. */
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
  return [
    ...(prospect === null ? [] : [describeDecision(target, prospect)]),
    ...(mayOperate ? resumes : []),
    ...(mayOperate && pinned_revision !== null ? [follow] : []),
  ];
}

function describeDecision(target: string, { refused, rejected, offers, command }: Prospect): NextStep {
  const needed = offers.filter((offer) => offer.needed).map(describeOffer);
  if (command !== null) {
    return { target, message: `${needed.join(", and ") || "Approves the plan"}.`, command };
  }
  if (rejected !== null) {
    const message = `The plan was rejected by ${rejected.by} at ${formatMoment(rejected.at)}: revert what asks for it, or have it approved after all.`;
    return { target, message, command: null };
  }
  return { target, message: refused.approve?.message ?? "", command: null };
}
