import type { Change, Summary } from "./plan.ts";

/** Counts changes; a replacement is counted once, as a replacement, and what needs no write not at all. */
export function summariseChanges(changes: readonly Change[]): Summary {
  const count = (matches: (change: Change) => boolean) => changes.filter(matches).length;
  return {
    add: count(({ actions }) => actions.length === 1 && actions[0] === "create"),
    change: count(({ actions }) => actions[0] === "update"),
    replace: count(({ actions }) => actions.length === 2),
    destroy: count(({ actions }) => actions.length === 1 && actions[0] === "delete"),
  };
}
