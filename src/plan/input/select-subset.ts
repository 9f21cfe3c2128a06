import type { Address } from "../../model/address.ts";
import { listGoingTogether } from "../../model/plan/label-gap.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";

/** The choice of `--target` and `--exclude`; an empty one chooses everything. */
export interface Selection {
  readonly target: ReadonlySet<Address>;
  readonly exclude: ReadonlySet<Address>;
}

/** Whether a selection leaves an address in the plan. */
export function selects({ target, exclude }: Selection, address: Address): boolean {
  return (target.size === 0 || target.has(address)) && !exclude.has(address);
}

/**
 * The selection with all that follows from it: every change that a targeted one depends on, and every change that depends on an
 * excluded one. A delivery and the rows that go along with it depend on each other. A change stays or goes as a whole, so what a closed selection leaves is closed under dependency.
 */
export function closeSelection(
  { steps, notices }: { readonly steps: readonly Step[] } & Pick<Plan, "notices">,
  selection: Selection,
): Selection {
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
  for (const [delivery, rows] of listGoingTogether({ notices })) {
    for (const row of rows) {
      link(restsOn, delivery, row);
      link(carries, row, delivery);
    }
  }
  return { target: close(selection.target, restsOn), exclude: close(selection.exclude, carries) };
}

function link(map: Map<Address, Set<Address>>, from: Address, to: Address): void {
  const set = map.get(from);
  if (set === undefined) map.set(from, new Set([to]));
  else set.add(to);
}

function close(start: ReadonlySet<Address>, links: ReadonlyMap<Address, ReadonlySet<Address>>): ReadonlySet<Address> {
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
