import { IN_FLIGHT, listWorkAt } from "../../model/plan/foresight.ts";
import { isAllowed, listFailing, listOverridable } from "../../model/plan/is-allowed.ts";
import type { Allowance, Plan, ShownFailure } from "../../model/plan/plan.ts";
import type { ApprovedPlan } from "./find-approval.ts";

/** What of a plan says which checks may be overridden, and where. */
type Overridable = Pick<Plan, "checks" | "steps" | "impact">;

/**
 * What the overrides of an approval allow: each check at the addresses alone at which the approved plan showed that it fails, and for what
 * it showed that breaks or is lost by it; or, of `in-flight`, where something with work is deleted, for the queues that it showed to have some. A check that did not fail there is not overridden at all.
 */
export function listAllowances({ approval, plan }: ApprovedPlan): readonly Allowance[] {
  if (approval.allowances !== undefined) return approval.allowances;
  return listShown(plan).filter(({ check }) => approval.overrides.includes(check));
}

/**
 * The addresses at which a plan deletes a cluster or a queue that has work, or may have some: there the override `in-flight` interrupts it.
 * A move waits with any override, because the control plane moves no cluster that has work.
 */
export function listInterruptible({ checks, steps }: Overridable): readonly string[] {
  const busy = new Set(
    checks.filter(({ name, status }) => name === IN_FLIGHT && status === "warn").flatMap(listFailing),
  );
  const deletes = steps.filter(({ kind, op }) => op === "delete" && (kind === "cluster" || kind === "queue"));
  return [...new Set(deletes.map(({ address }) => address).filter((address) => busy.has(address)))];
}

/** Whether all work that a plan may interrupt is of queues that an approval showed to have some. */
export function isWorkShown({ approval, plan }: ApprovedPlan): boolean {
  const allow = listAllowances({ approval, plan });
  return listShown(plan).every((failure) => failure.check !== IN_FLIGHT || isAllowed(allow, failure));
}

/** Whether something of a plan runs, or runs otherwise, only because a check is overridden. */
export function letsThrough(allow: readonly Allowance[], plan: Overridable): boolean {
  return listShown(plan).some(({ addresses, ...failure }) => {
    const isLet = (at: readonly string[]) => isAllowed(allow, { ...failure, addresses: at });
    return addresses.length === 0 ? isLet([]) : addresses.some((address) => isLet([address]));
  });
}

/** All that an approval may override: what the plan shows to fail, be it as long alone as what was changed outside stays. */
export function listShown(plan: Overridable): readonly ShownFailure[] {
  const failed = plan.checks.filter(({ status, beside_drift }) => status === "fail" || beside_drift === true);
  const busy = listInterruptible(plan);
  return [
    ...failed.flatMap((check) => {
      const addresses = listOverridable(check);
      const { name, concerns } = check;
      return addresses === null ? [] : [{ check: name, addresses, ...(concerns !== undefined && { concerns }) }];
    }),
    ...busy.map((address) => {
      const concerns = listWorkAt(plan.impact, address);
      return { check: IN_FLIGHT, addresses: [address], ...(concerns.length > 0 && { concerns }) };
    }),
  ];
}
