import type { Allowance, Check, ShownFailure } from "./plan.ts";

/**
 * Whether a failure of a check is overridden: an allowance with addresses has to cover all that the failure names, and all that it
 * concerns. A failure that names no address is about the plan as a whole, and so is the allowance that overrides it.
 */
export function isAllowed(allow: readonly Allowance[], { check, addresses, concerns = [] }: ShownFailure): boolean {
  return allow.some((allowance) => {
    if (typeof allowance === "string") return allowance === check;
    const { concerns: shown = [] } = allowance;
    const isShown = isWithin(addresses, allowance.addresses) && concerns.every((name) => shown.includes(name));
    return allowance.check === check && isShown;
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

function isWithin(addresses: readonly string[], shown: readonly string[]): boolean {
  return addresses.length === 0 ? shown.length === 0 : addresses.every((address) => shown.includes(address));
}
