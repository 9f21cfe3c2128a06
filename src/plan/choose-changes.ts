import type { Address } from "../model/address.ts";
import { type Change, isNoOp, type Notice, type PlanOptions } from "../model/plan/plan.ts";
import type { Draft } from "./draft/draft-step.ts";
import { type Selection, selects } from "./input/select-subset.ts";

/** What `--target` and `--exclude` leave in the plan. */
export interface Choice {
  /** Whether what is planned for an address stays in the plan. */
  readonly includes: (address: Address) => boolean;
  /** The same, and true for an address that nothing is planned for: a stranger's. */
  readonly concerns: (address: Address) => boolean;
}

/** Chooses by address; the selection has to be closed, or the order would not hold. */
export function chooseChanges(draft: Draft, selection: Selection): Choice {
  const all = new Set<Address>([
    ...draft.changes.map(({ address }) => address),
    ...draft.claims.map(({ address }) => address),
    ...draft.releases,
  ]);
  return {
    includes: (address) => selects(selection, address),
    concerns: (address) => selects(selection, address) || !all.has(address),
  };
}

/** So that a part is not mistaken for the whole. */
export function notePart(
  all: readonly Change[],
  { includes }: Choice,
  { target, exclude }: PlanOptions,
): readonly Notice[] {
  if (target.length + exclude.length === 0) return [];
  const left = all.filter(({ address, action }) => !isNoOp({ action }) && !includes(address)).length;
  if (left === 0) return [];
  const choice = [
    ...target.map((address) => `--target ${address}`),
    ...exclude.map((address) => `--exclude ${address}`),
  ];
  const message = `Only a part is planned (${choice.join(" ")}): ${left} other ${left === 1 ? "change is" : "changes are"} left out.`;
  return [{ code: "partial", message, addresses: [] }];
}
