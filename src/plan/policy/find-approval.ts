import { isDeepStrictEqual } from "node:util";
import type { Address } from "../../model/address.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { isAllowed } from "../../model/plan/is-allowed.ts";
import type { Allowance, Plan } from "../../model/plan/plan.ts";
import { findBeside, isRemainder } from "./is-remainder.ts";
import { listAllowances } from "./list-allowances.ts";

/** An approval with the plan that was approved. */
export interface ApprovedPlan {
  readonly approval: Approval;
  readonly plan: Plan;
}

/** The approval that a plan runs under. */
export interface FoundApproval {
  readonly approval: Approval;
  /** What of the checks it overrides. */
  readonly allowances: readonly Allowance[];
  /** Whether what the plan does at an address was approved. */
  readonly covers: (address: Address) => boolean;
}

/** What an approval is looked for by. */
export interface Sought {
  readonly plan: Plan;
  /** The addresses at which the plan needs an approval. */
  readonly needed: ReadonlySet<Address>;
  /** Those at which it does not run without one, what was changed outside included: that may stay as it is beside a rollout. */
  readonly above: ReadonlySet<Address>;
  readonly approvals: readonly ApprovedPlan[];
  /** The addresses at which the rollout has begun and not finished something. */
  readonly begun: ReadonlySet<string>;
  /** ISO 8601 in UTC. */
  readonly now: string;
}

/**
 * Finds the approval of a plan, or null: a rollout of the same revision that is under way, one of this very plan, or one of the same
 * revision of which the plan is a remainder. Those that have ended do not count, nor one that expired before its rollout began, nor does
 * a rollout of another revision. Where nothing is needed and nothing above the grade was approved, an approval that has not begun is found for
 * its very plan only. A rollout that is under way continues what it has begun, and with that alone, where something else has come up beside
 * what is left of it, or once its approval has expired.
 */
export function findApproval(sought: Sought): FoundApproval | null {
  const { plan, approvals, now } = sought;
  const valid = approvals
    .filter((candidate) => isStanding(candidate.approval, now) && isFor(candidate, plan))
    .sort((left, right) => rank(left.approval, plan) - rank(right.approval, plan));
  const whole = valid.find((candidate) => matches(candidate, sought));
  if (whole !== undefined) {
    return { approval: whole.approval, allowances: listAllowances(whole), covers: coverage(whole, plan) };
  }
  const partial = valid.filter(({ approval }) => approval.state === "running").map((running) => goOn(running, sought));
  return partial.find(({ covers }) => plan.steps.some(({ address }) => covers(address))) ?? null;
}

/**
 * What a rollout that is under way may still do of a plan that is not wholly what is left of it. To begin anything more would change who runs
 * where beside something that stays as it is: that was shown to no one.
 */
function goOn(running: ApprovedPlan, { plan, begun }: Sought): FoundApproval {
  const { approval } = running;
  const isApproved = coverage(running, plan);
  const covers = (address: Address) => begun.has(address) && isApproved(address);
  const isCovered = (address: string) => plan.steps.some((step) => step.address === address && covers(step.address));
  // Where the plan does nothing it begins nothing, as at a queue whose cluster leaves.
  const isIdle = (address: string) => [...plan.steps, ...plan.changes].every((one) => one.address !== address);
  const allowances = listAllowances(running).flatMap((allowance): readonly Allowance[] => {
    if (typeof allowance === "string" || allowance.addresses.length === 0) return [allowance];
    const addresses = allowance.addresses.filter((address) => isCovered(address) || isIdle(address));
    // What it shows to be lost is lost at no address of its own.
    return addresses.length + (allowance.concerns ?? []).length === 0 ? [] : [{ ...allowance, addresses }];
  });
  return { approval, allowances, covers };
}

/** The approval of the same plan that counts at a moment (ISO 8601), or null. */
export function findStanding(approvals: readonly Approval[], digest: string, now: string): Approval | null {
  return approvals.find((approval) => approval.digest === digest && isStanding(approval, now)) ?? null;
}

/** What an approval overrides. */
type Letting = Pick<Approval, "overrides" | "allowances">;

/** Whether an approval overrides all that another one of the same plan does, and more: by name, or what is shown by now. */
export function widens(wider: Letting, { overrides, allowances = overrides }: Letting): boolean {
  const all = new Set(wider.overrides);
  const isMore = (allowance: Allowance) => typeof allowance !== "string" && !isAllowed(allowances, allowance);
  return (
    overrides.every((name) => all.has(name)) &&
    (all.size > new Set(overrides).size || (wider.allowances ?? []).some(isMore))
  );
}

/** Whether an approval counts at a moment (ISO 8601): its rollout has begun, or may begin still. */
export function isStanding(approval: Approval, now: string): boolean {
  // What has begun is carried to its end: to leave it half done would keep out of service what was drained.
  return approval.state === "running" || (approval.state === "open" && !hasExpired(approval, now));
}

/** Whether the time of an approval is over at a moment (ISO 8601): it starts nothing any more, at no object. */
export function hasExpired({ expires_at }: Pick<Approval, "expires_at">, now: string): boolean {
  return Date.parse(now) >= Date.parse(expires_at);
}

/** Whether two plans are for one control plane: a target can be configured with another one at any time. */
export function isSameControlPlane(
  { target: one }: Pick<Plan, "target">,
  { target: other }: Pick<Plan, "target">,
): boolean {
  return isDeepStrictEqual(one, other);
}

/**
 * An approval is for one control plane, regardless of digests. The same effect may have been approved for another revision; a rollout is
 * its revision's alone.
 */
function isFor({ approval: { revision, state, digest }, plan: approved }: ApprovedPlan, plan: Plan): boolean {
  if (!isSameControlPlane(approved, plan)) return false;
  return revision === plan.revision || (state === "open" && digest === plan.digest);
}

/**
 * A rollout that is under way comes before an approval that has not begun: it is to finish. But an approval of exactly the plan that is left
 * of it may override more than it does.
 */
function rank({ state, digest }: Approval, plan: Plan): number {
  const isRunning = state === "running";
  if (digest === plan.digest) return isRunning ? 0 : 1;
  return isRunning ? 2 : 3;
}

function matches(candidate: ApprovedPlan, { plan, needed, above, now }: Sought): boolean {
  const { approval, plan: approved } = candidate;
  if (hasExpired(approval, now)) return false;
  if (approval.digest === plan.digest) return true;
  // What was changed outside and approved to be undone is all that is left where the rest ran by itself in the meantime.
  const isSought = needed.size > 0 || approval.state === "running" || [...above].some(coverage(candidate, plan));
  return isSought && isRemainder(plan, approved, (address) => needed.has(address));
}

/**
 * What was changed outside after the approval was given is not covered, though it leads to what was approved: it may be something that
 * the rollout has already applied and that another writer has undone since.
 */
function coverage({ approval, plan: approved }: ApprovedPlan, plan: Plan): (address: Address) => boolean {
  // The digest does not show who changed what: after a rollout has begun, the same effect may be another one's doing.
  if (approval.digest === plan.digest && approval.state === "open") return () => true;
  const beside = new Set(findBeside(plan, approved, () => true));
  const originThen = new Map(approved.changes.map(({ address, origin }) => [address, origin]));
  const isNews = new Map(
    plan.changes.map(({ address, origin }) => [address, origin === "drift" && originThen.get(address) !== "drift"]),
  );
  return (address) => !beside.has(address) && isNews.get(address) !== true;
}
