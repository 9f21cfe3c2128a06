import { type Address, formatAddress, parseAddress } from "./address.ts";
import type { Change } from "./plan.ts";

/**
 * The addresses that mean the object of a change, its own first: by its manifest's name, and by the names that it has in the control plane,
 * as a manifest that is renamed is another name for the same object.
 */
export function nameChanged({ address, physical_name, previous_physical_name }: Change): readonly Address[] {
  const kind = parseAddress(address)?.kind;
  const names = [physical_name, previous_physical_name].filter((name) => name !== null && name !== "");
  const physical = kind === undefined ? [] : names.map((name) => formatAddress(kind, `${name}`));
  return [...new Set([address, ...physical])];
}
