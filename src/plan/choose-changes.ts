import type { Address } from "../model/address.ts";
import type { Change, Notice, PlanOptions, Step } from "../model/plan.ts";
import type { Draft } from "./draft.ts";
import { selectAddresses } from "./select-subset.ts";

/** What `--target` and `--exclude` leave in the plan. */
export interface Choice {
  /** Whether what is planned for an address stays in the plan. */
  readonly includes: (address: Address) => boolean;
  /** The same, and true for an address that nothing is planned for: a stranger's. */
  readonly concerns: (address: Address) => boolean;
}

/** Chooses by address, together with what has to come along or stay away for the order to hold. */
export function chooseChanges(draft: Draft, steps: readonly Step[], options: PlanOptions): Choice {
  const always = () => true;
  if (options.target.length === 0 && options.exclude.length === 0) return { includes: always, concerns: always };
  const all = new Set<Address>([
    ...draft.changes.map(({ address }) => address),
    ...draft.claims.map(({ address }) => address),
    ...draft.releases,
  ]);
  const chosen = selectAddresses(all, steps, options);
  return {
    includes: (address) => chosen.has(address),
    concerns: (address) => chosen.has(address) || !all.has(address),
  };
}

/** So that nobody takes a part for the whole. */
export function notePart(
  all: readonly Change[],
  { includes }: Choice,
  { target, exclude }: PlanOptions,
): readonly Notice[] {
  const left = all.filter(({ address, actions }) => actions[0] !== "no-op" && !includes(address)).length;
  if (left === 0) return [];
  const choice = [
    ...target.map((address) => `--target ${address}`),
    ...exclude.map((address) => `--exclude ${address}`),
  ];
  const message = `Only a part is planned (${choice.join(" ")}): ${left} other ${left === 1 ? "change is" : "changes are"} left out.`;
  return [{ code: "partial", message, addresses: [] }];
}
