import type { Address } from "../../model/address.ts";
import type { Step } from "../../model/plan/step.ts";
import type { Hold } from "./judge-holds.ts";

/** Adds to what is held everything that comes after it: it is held for the same reason, and says what it depends on. */
export function holdDependents(steps: readonly Step[], held: ReadonlyMap<Address, Hold>): ReadonlyMap<Address, Hold> {
  const carries = linkAddresses(steps);
  const all = new Map(held);
  // A loop over a map visits what is added during the loop, too.
  for (const [address, hold] of all) {
    for (const next of carries.get(address) ?? []) {
      if (!all.has(next)) all.set(next, { ...hold, message: `It depends on ${address}, which is held.` });
    }
  }
  return all;
}

/** For each address, those of which a step comes after one of its own. */
function linkAddresses(steps: readonly Step[]): ReadonlyMap<Address, ReadonlySet<Address>> {
  const owner = new Map(steps.map((step) => [step.id, step.address]));
  const carries = new Map<Address, Set<Address>>();
  for (const step of steps) {
    for (const id of step.after) {
      const before = owner.get(id);
      if (before === undefined || before === step.address) continue;
      const next = carries.get(before) ?? new Set();
      carries.set(before, next.add(step.address));
    }
  }
  return carries;
}
