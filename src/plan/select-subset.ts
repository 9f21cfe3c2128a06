import type { Address } from "../model/address.ts";
import type { Step } from "../model/plan.ts";

/** The choice of `--target` and `--exclude`; empty lists choose everything. */
export interface Selection {
  readonly target: readonly Address[];
  readonly exclude: readonly Address[];
}

/**
 * The addresses whose changes stay in the plan: with targets, those and every change that they rest on; without excluded
 * ones and every change that rests on those. A change stays or goes as a whole, so what is left is closed under dependency.
 */
export function selectAddresses(
  addresses: ReadonlySet<Address>,
  steps: readonly Step[],
  selection: Selection,
): ReadonlySet<Address> {
  const owner = new Map(steps.map((step) => [step.id, step.address]));
  const restsOn = new Map<Address, Set<Address>>();
  const carries = new Map<Address, Set<Address>>();
  for (const step of steps) {
    for (const id of step.after) {
      const other = owner.get(id);
      if (other === undefined || other === step.address) continue;
      link(restsOn, step.address, other);
      link(carries, other, step.address);
    }
  }
  const targeted = selection.target.length === 0 ? addresses : close(selection.target, restsOn);
  const excluded = close(selection.exclude, carries);
  return new Set([...addresses].filter((address) => targeted.has(address) && !excluded.has(address)));
}

function link(map: Map<Address, Set<Address>>, from: Address, to: Address): void {
  const set = map.get(from);
  if (set === undefined) map.set(from, new Set([to]));
  else set.add(to);
}

function close(start: readonly Address[], links: ReadonlyMap<Address, ReadonlySet<Address>>): ReadonlySet<Address> {
  const reached = new Set<Address>();
  const stack = [...start];
  while (stack.length > 0) {
    const address = stack.pop();
    if (address === undefined || reached.has(address)) continue;
    reached.add(address);
    for (const next of links.get(address) ?? []) stack.push(next);
  }
  return reached;
}
