import type { Address } from "../address.ts";
import type { Change, Summary } from "./plan.ts";
import type { Step } from "./step.ts";

/**
 * Counts changes, with the steps of their plan; what needs no write counts not at all. A replacement counts once, as a replacement, where
 * it makes something. Each registration that is deleted without one being made in its place counts as destroyed: where the successor is there
 * already, and where several are replaced by one.
 */
export function summariseChanges(changes: readonly Change[], steps: readonly Step[]): Summary {
  const count = (matches: (change: Change) => boolean) => changes.filter(matches).length;
  const replaced = changes.filter(({ action }) => action === "replace");
  const ofReplaced = indexSteps(replaced, steps);
  const ended = replaced.map((change) => countEnded(change, ofReplaced.get(change.address) ?? []));
  return {
    add: count(isMade),
    change: count(isChangedInPlace),
    replace: ended.filter(({ isReplaced }) => isReplaced).length,
    destroy: count(({ action }) => action === "delete") + ended.reduce((sum, { destroyed }) => sum + destroyed, 0),
  };
}

/** Whether it is there afterwards and was not before; a row that is put back counts as one. */
function isMade({ action, before }: Change): boolean {
  return action === "create" || action === "restore" || (action === "put_back" && before === null);
}

function isChangedInPlace({ action, before }: Change): boolean {
  return action === "update" || action === "move" || (action === "put_back" && before !== null);
}

function indexSteps(changes: readonly Change[], steps: readonly Step[]): ReadonlyMap<Address, readonly Step[]> {
  const addresses = new Set(changes.map(({ address }) => address));
  return Map.groupBy(
    steps.filter(({ address }) => addresses.has(address)),
    ({ address }) => address,
  );
}

function countEnded({ address, physical_name }: Change, steps: readonly Step[]) {
  const own = steps.filter(({ kind }) => address.startsWith(`${kind}.`));
  const isMade = own.some(
    ({ op, physical_name: name }) => (op === "create" || op === "undelete") && name === physical_name,
  );
  const deleted = own.filter(({ op }) => op === "delete").length;
  const isReplaced = isMade || deleted === 0;
  return { isReplaced, destroyed: isReplaced ? Math.max(0, deleted - 1) : deleted };
}
