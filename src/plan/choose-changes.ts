import type { Address } from "../model/address.ts";
import { listOwnDrains } from "../model/ledger/own-drains.ts";
import { type Change, isNoOp, type Notice } from "../model/plan/plan.ts";
import { listSome } from "../model/text/list-some.ts";
import type { Draft } from "./draft/draft-step.ts";
import type { PlanInput } from "./input/plan-input.ts";
import { type Selection, selects } from "./input/select-subset.ts";
import { listOutOnTheWay } from "./unfinished/settle-drains.ts";

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

/** So that a part is not mistaken for the whole, nor what an unfinished rollout has drained for done where its change is left out. */
export function notePart(
  all: readonly Change[],
  { includes }: Choice,
  {
    options: { target, exclude },
    live,
    written = [],
    restored_drains = [],
  }: Pick<PlanInput, "options" | "live" | "written" | "restored_drains">,
): readonly Notice[] {
  if (target.length + exclude.length === 0) return [];
  const left = all.filter(({ address, action }) => !isNoOp({ action }) && !includes(address));
  if (left.length === 0) return [];
  const choice = [
    ...target.map((address) => `--target ${address}`),
    ...exclude.map((address) => `--exclude ${address}`),
  ];
  const addresses = new Set<Address>(left.map(({ address }) => address));
  const out = listOutOnTheWay({ live, written, restored_drains });
  const drains = [...listOwnDrains(written), ...restored_drains].filter((drain) => addresses.has(drain.address));
  const drained = [...new Set(drains.map(({ kind, name }) => `${kind}.${name}`))].filter((name) => out.has(name));
  const waits =
    drained.length === 0
      ? ""
      : ` An earlier apply has drained ${listSome(drained)} on the way to ${drained.length === 1 ? "one" : "some"} of them: no work is taken there until that is applied.`;
  const message = `Only a part is planned (${choice.join(" ")}): ${left.length} other ${left.length === 1 ? "change is" : "changes are"} left out.${waits}`;
  return [{ code: "partial", message, addresses: [] }];
}
