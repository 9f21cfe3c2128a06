import type { TargetState } from "../../model/daemon/daemon-records.ts";

/** More are not asked for: what is older was applied, or waits in a line of its own. */
const MOST_HEADS = 100;

/**
 * At which commits the branch that is configured now was seen, oldest first. Another branch may have been at a commit that this one got in the
 * middle of a push.
 */
export function listHeads(state: Pick<TargetState, "heads"> | null): readonly string[] {
  return state?.heads ?? [];
}

/** The heads that a state keeps once the branch was seen at one more. Null: a pinned revision was read instead of the branch. */
export function nextHeads(state: Pick<TargetState, "heads"> | null, head: string | null): readonly string[] {
  const before = listHeads(state);
  const isNew = head !== null && before.at(-1) !== head;
  return isNew ? [...before, head].slice(-MOST_HEADS) : before;
}
