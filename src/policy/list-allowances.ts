import { isAllowed, listFailing } from "../model/is-allowed.ts";
import type { Allowance, Check } from "../model/plan.ts";
import type { ApprovedPlan } from "./find-approval.ts";

/**
 * What the overrides of an approval let through: each check at the addresses alone at which the approved plan showed that it fails, or, of
 * `in-flight`, that there is work. A check that did not fail there is not let through at all.
 */
export function listAllowances({ approval, plan }: ApprovedPlan): readonly Allowance[] {
  if (approval.allowances !== undefined) return approval.allowances;
  const overridden = new Set(approval.overrides);
  return plan.checks
    .filter((check) => overridden.has(check.name) && isOverridable(check))
    .map((check) => ({ check: check.name, addresses: listFailing(check) }));
}

/** Whether something of a plan runs, or runs otherwise, only because a check is let through. */
export function letsThrough(allow: readonly Allowance[], { checks }: { readonly checks: readonly Check[] }): boolean {
  return checks.some((check) => {
    const addresses = listFailing(check);
    const isLet = (at: readonly string[]) => isAllowed(allow, check.name, at);
    return isOverridable(check) && (addresses.length === 0 ? isLet([]) : addresses.some((address) => isLet([address])));
  });
}

/** `in-flight` fails nothing: what it lets through is that work is not waited for. */
function isOverridable({ name, status }: Check): boolean {
  return status === "fail" || (name === "in-flight" && status === "warn");
}
