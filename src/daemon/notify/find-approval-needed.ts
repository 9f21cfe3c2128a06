import type { Address } from "../../model/address.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { type Approval, counts } from "../../model/passes/approval.ts";
import type { HeldChange, HeldReason, PassOutcome } from "../../model/passes/pass.ts";
import { nameAction, type Plan } from "../../model/plan/plan.ts";
import { hasExpired } from "../../plan/policy/find-approval.ts";
import { createEvent, hashMark, sortNames } from "./create-event.ts";
import type { NotifyEvent } from "./event.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/**
 * Changes wait for an approval. The same changes of the same revision are reported once, although the digest changes while the harmless rest
 * of the plan is applied; and again when an approval of theirs has ended, or its time is over, without them.
 */
export function findApprovalNeeded(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const pass = after.last_pass;
  if (pass === null || pass.digest === null) return [];
  const held = heldChanges(pass.outcome).filter(({ reason }) => WAITS.has(reason));
  const objects = sortNames(held.map(({ address }) => address));
  if (objects.length === 0 || facts.approvals.some((approval) => isUnderWay(approval, pass.revision, facts.now)))
    return [];
  const plan = facts.plan?.digest === pass.digest ? facts.plan.plan : null;
  // A rejected plan is not asked for again.
  const ended = facts.approvals
    .filter(({ revision, state }) => revision === pass.revision && state !== "rejected")
    .map(({ id }) => id);
  return [
    createEvent(after, facts, [pass.revision, hashMark([objects, pickEffect(plan, held), sortNames(ended)])], {
      type: "approval_needed",
      digest: pass.digest,
      summary: plan?.summary ?? null,
      objects,
    }),
  ];
}

/** Holds that an approval lifts; none for a rejected plan. */
const WAITS: ReadonlySet<HeldReason> = new Set(["approval", "unreviewed"]);

function heldChanges(outcome: PassOutcome): readonly HeldChange[] {
  return "held" in outcome ? outcome.held : [];
}

/**
 * An approval that is given and not used up: the next pass runs under it, or says why not. Once its time is over it starts nothing, though it counts
 * until what it has begun is at its end: that may wait for work for days.
 */
function isUnderWay(approval: Approval, current: string | null, now: string): boolean {
  return counts(approval) && approval.revision === current && !hasExpired(approval, now);
}

/** What would become of the objects that wait. */
function pickEffect(plan: Plan | null, held: readonly HeldChange[]): unknown {
  const waiting: ReadonlySet<Address> = new Set(held.map(({ address }) => address));
  return plan?.changes
    .filter(({ address }) => waiting.has(address))
    .map((change) => [change.address, nameAction(change), change.after]);
}
