import type { LeftMerge } from "./forge.ts";

/** What a forge notes down: that somebody left a merge to it, or took that back; `left` null: something else. */
export interface ListedEntry {
  readonly id: number;
  readonly left: boolean | null;
  /** By the forge's time. */
  readonly at: string;
}

/** What holds after these entries, in whatever order they come. */
export function findLeftMerge(entries: readonly ListedEntry[]): LeftMerge | null {
  const events = entries.filter(({ left }) => left !== null);
  const last = events.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)).at(-1);
  return last?.left === true ? { at: last.at } : null;
}
