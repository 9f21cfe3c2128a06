import type { LeftMerge } from "./forge.ts";

/** An entry of the forge's timeline: a user left a merge to it, or revoked that; `left` null: something else. */
export interface ListedEntry {
  readonly id: number;
  readonly left: boolean | null;
  /** By the forge's time. */
  readonly at: string;
}

/** The state after these entries, in any order. */
export function findLeftMerge(entries: readonly ListedEntry[]): LeftMerge | null {
  const events = entries.filter(({ left }) => left !== null);
  const last = events.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)).at(-1);
  return last?.left === true ? { at: last.at } : null;
}
