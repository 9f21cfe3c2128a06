import { OperationalError } from "../model/operational-error.ts";
import type { PlanOptions } from "../model/plan.ts";
import { type KnownObjects, listKnownAddresses } from "./list-known-addresses.ts";

/**
 * Refuses an address on the command line that nothing has: a slip in `--target` would plan nothing and look like peace, one in
 * `--exclude` would not spare what it was to spare. Throws an OperationalError `usage`.
 */
export function refuseUnknownAddresses({ target, exclude, replace }: PlanOptions, objects: KnownObjects): void {
  const asked = Object.entries({ target, exclude, replace }).flatMap(([flag, addresses]) =>
    addresses.map((address) => ({ flag, address })),
  );
  if (asked.length === 0) return;
  const known = listKnownAddresses(objects);
  const unknown = asked.find(({ address }) => !known.has(address));
  if (unknown === undefined) return;
  const message = `--${unknown.flag} ${unknown.address}: no manifest and no object has this address. Check the name.`;
  throw new OperationalError("usage", message, { next: "stop" });
}
