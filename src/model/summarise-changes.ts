import type { Address } from "./address.ts";
import type { Change, Step, Summary } from "./plan.ts";

/**
 * Counts changes, with the steps of their plan; what needs no write counts not at all. A replacement counts once, as a replacement, where
 * it makes something. Each registration that is deleted without one being made in its place counts as destroyed: where the successor is there
 * already, and where several are replaced by one.
 */
export function summariseChanges(changes: readonly Change[], steps: readonly Step[]): Summary {
  const count = (matches: (change: Change) => boolean) => changes.filter(matches).length;
  const replaced = changes.filter(({ actions }) => actions.length === 2);
  const ofReplaced = indexSteps(replaced, steps);
  const ended = replaced.map((change) => countEnded(change, ofReplaced.get(change.address) ?? []));
  return {
    add: count(({ actions }) => actions.length === 1 && actions[0] === "create"),
    change: count(({ actions }) => actions[0] === "update"),
    replace: ended.filter(({ isReplaced }) => isReplaced).length,
    destroy:
      count(({ actions }) => actions.length === 1 && actions[0] === "delete") +
      ended.reduce((sum, { destroyed }) => sum + destroyed, 0),
  };
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
