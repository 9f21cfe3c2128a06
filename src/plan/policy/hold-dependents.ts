import type { Address } from "../../model/address.ts";
import { listGoingTogether } from "../../model/plan/label-gap.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";
import { ASKS, type Hold } from "./judge-holds.ts";

/**
 * Adds to what is held everything that comes after it, and the delivery that goes along with it: it is held for the same reason, and says what it
 * depends on. So is what needs an approval itself, where it depends on what is paused: to approve it now would apply nothing. A queue that was written
 * out gets its selector back after the deletes of clusters, but does not depend on one that has not begun: where that is held, the cluster stays as it
 * was before the queue was written out.
 */
export function holdDependents(
  plan: Pick<Plan, "steps" | "notices">,
  held: ReadonlyMap<Address, Hold>,
  begun: ReadonlySet<string>,
): ReadonlyMap<Address, Hold> {
  const carries = linkAddresses(plan, begun);
  const all = new Map(held);
  // A loop over a map visits what is added during the loop, too.
  for (const [address, hold] of all) {
    for (const next of carries.get(address) ?? []) {
      const own = all.get(next);
      const isFirst = hold.reason === "paused" && own !== undefined && ASKS.has(own.reason);
      if (own !== undefined && !isFirst) continue;
      // At the end, so that it is visited again with what depends on it.
      all.delete(next);
      all.set(next, { ...hold, message: `It depends on ${address}, which is held.` });
    }
  }
  return all;
}

/** For each address, those of which a step comes after one of its own, or which go along with it. */
function linkAddresses(
  { steps, notices }: Pick<Plan, "steps" | "notices">,
  begun: ReadonlySet<string>,
): ReadonlyMap<Address, ReadonlySet<Address>> {
  const known = new Map(steps.map((step) => [step.id, step]));
  const carries = new Map<Address, Set<Address>>();
  for (const step of steps) {
    for (const id of step.after) {
      const before = known.get(id);
      if (before === undefined || before.address === step.address) continue;
      if (isDelete(before) && setsSelector(step) && !begun.has(before.address)) continue;
      const next = carries.get(before.address) ?? new Set();
      carries.set(before.address, next.add(step.address));
    }
  }
  for (const [delivery, rows] of listGoingTogether({ notices }))
    for (const row of rows) carries.set(row, (carries.get(row) ?? new Set()).add(delivery));
  return carries;
}

function isDelete({ kind, op }: Step): boolean {
  return kind === "cluster" && op === "delete";
}

function setsSelector(step: Step): boolean {
  return step.kind === "queue" && step.op === "update" && step.set.clusters !== undefined;
}
