import type { Approval } from "../model/passes/approval.ts";
import type { KeptPlan } from "../model/passes/pass.ts";
import { type Foresight, IN_FLIGHT, type Refusal } from "../model/plan/foresight.ts";
import { showDigest } from "../model/text/digest-digits.ts";
import { listInterruptible } from "../plan/policy/list-allowances.ts";
import { explainIdleInterruption, explainIdleOverride, explainUseless } from "../report/plan/describe-foresight.ts";

/** Why the override `in-flight` is not taken; null: it interrupts something, was given before, or is not asked for. */
export function explainInterruption(
  { digest, plan }: KeptPlan,
  overrides: readonly string[],
  standing: Approval | null,
): Refusal | null {
  if (!overrides.includes(IN_FLIGHT) || standing?.overrides.includes(IN_FLIGHT) === true) return null;
  if (listInterruptible(plan).length > 0) return null;
  const isBusy = plan.checks.some(({ name, status }) => name === IN_FLIGHT && status === "warn");
  return { code: "nothing_to_override", message: explainIdleInterruption({ digest }, isBusy) };
}

/** Why one of the overrides is not taken; null: each lets something through, or was given before. */
export function explainIdle(
  kept: KeptPlan,
  { idle, foresight }: { readonly idle: readonly string[]; readonly foresight: Foresight },
  standing: Approval | null,
): Refusal | null {
  const name = idle.find((one) => standing?.overrides.includes(one) !== true);
  if (name === undefined) return null;
  const isRefused = kept.plan.checks.some((check) => check.name === name && (check.refused ?? []).length > 0);
  const { offers } = foresight;
  return { code: "nothing_to_override", message: explainIdleOverride(kept, name, { isRefused, offers }) };
}

/** Why another approval is of no use beside the one that counts; null: there is none, or it would let more through. */
export function explainApproved(
  kept: KeptPlan,
  { kind, offers }: Foresight,
  standing: Approval | null,
): Refusal | null {
  if (standing === null) return null;
  const widens = offers.some(({ needed }) => needed) || (kind === "later" && offers.length > 0);
  if (widens) return null;
  const how = standing.state === "running" ? "it is being applied" : "it is applied as soon as possible";
  return { code: "conflict", message: `${standing.by} already approved plan ${showDigest(kept.digest)}: ${how}.` };
}

/** Why a rejection would stop nothing; null: it stops something. */
export function explainUselessRejection(
  kept: KeptPlan,
  foresight: Foresight,
  standing: Approval | null,
): Refusal | null {
  // The approved plan stops a rollout too, even where its remainder is unknown.
  if (standing !== null) return null;
  if (foresight.kind === "stale") return explainUseless(kept, foresight);
  // To say "rejected" of what runs by itself would be untrue.
  return foresight.kind === "idle" ? { code: "nothing_to_reject", message: describeUnstoppable(kept) } : null;
}

function describeUnstoppable({ digest, target }: KeptPlan): string {
  const why = `No change of plan ${showDigest(digest)} waits for an approval, so a rejection would not stop it`;
  return `${why}. To stop it, pause the target (\`poolkeeper pause ${target}\`) or change the manifests.`;
}

/** What to do where the plan is approved already, and another approval would let no more through. */
export function describeStanding({ digest, target }: KeptPlan, { overrides }: Approval): string {
  const approved = `Plan ${showDigest(digest)} of ${target} is already approved`;
  if (overrides.length === 0) return `${approved}. To allow more, approve it with an override.`;
  return `${approved}, with the overrides ${overrides.join(", ")}. To allow more, name those and the others.`;
}
