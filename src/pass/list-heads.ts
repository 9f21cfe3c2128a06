import type { SourceConfig } from "../config/daemon-config.ts";
import type { TargetState } from "../model/daemon-records.ts";

/** More are not asked for: what is older was applied, or waits in a line of its own. */
const MOST_HEADS = 100;

/** The branch of a repository that a target is read from, for comparisons. Of a folder without git: its path. */
export function nameBranch(source: SourceConfig): string {
  return source.kind === "repository" ? `${source.branch} of ${source.url}` : source.path;
}

/**
 * At which commits the branch that is configured now was seen, oldest first. Another branch may have been at a commit that this one got in the
 * middle of a push. A state that an older release wrote names no branch, and counts as one of this branch.
 */
export function listHeads(
  state: Pick<TargetState, "heads" | "heads_of"> | null,
  source: SourceConfig,
): readonly string[] {
  const name = nameBranch(source);
  return (state?.heads_of ?? name) === name ? (state?.heads ?? []) : [];
}

/** What a state keeps of them once the branch was seen at one more. Null: it was not looked at, but at what somebody went back to. */
export function nextHeads(
  state: Pick<TargetState, "heads" | "heads_of"> | null,
  source: SourceConfig,
  head: string | null,
): Required<Pick<TargetState, "heads" | "heads_of">> {
  const before = listHeads(state, source);
  const isNew = head !== null && before.at(-1) !== head;
  return { heads: isNew ? [...before, head].slice(-MOST_HEADS) : before, heads_of: nameBranch(source) };
}
