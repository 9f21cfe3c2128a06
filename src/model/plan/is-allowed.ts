import type { Allowance, Check, ShownFailure } from "./plan.ts";

/**
 * Whether a failure of a check is overridden: an allowance with addresses has to cover all that the failure names, and all that it
 * concerns. A failure that names neither is about the plan as a whole, and so is the allowance that overrides it.
 */
export function isAllowed(allow: readonly Allowance[], { check, addresses, concerns = [] }: ShownFailure): boolean {
  return allow.some((allowance) => {
    if (typeof allowance === "string") return allowance === check;
    if (allowance.check !== check) return false;
    const { concerns: shown = [] } = allowance;
    if (addresses.length + concerns.length === 0) return allowance.addresses.length === 0;
    return isWithin(addresses, allowance.addresses) && isWithin(concerns, shown);
  });
}

/** Where a failed check may be overridden: everywhere that it fails, except where the control plane itself refuses. Null: nowhere. */
export function listOverridable(check: Pick<Check, "failing" | "addresses" | "refused">): readonly string[] | null {
  const { refused = [] } = check;
  const failing = listFailing(check);
  const open = failing.filter((address) => !refused.includes(address));
  return failing.length > 0 && open.length === 0 ? null : open;
}

/** The addresses at which a check fails; of one that only warns, those that it names. Empty: it is about the plan as a whole. */
export function listFailing({ failing, addresses }: Pick<Check, "failing" | "addresses">): readonly string[] {
  return failing ?? addresses;
}

function isWithin(names: readonly string[], shown: readonly string[]): boolean {
  return names.every((name) => shown.includes(name));
}
