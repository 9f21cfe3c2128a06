import type { TargetState } from "./daemon-records.ts";

/**
 * A commit that came onto a branch by the merge of a request whose plan could not be reviewed, or for which that is unknown. What a
 * revision with such a commit changes waits for an approval.
 */
export interface UnreviewedCommit {
  readonly commit: string;
  /** The request that was merged; null: the origin of the commit is unknown. `left`: the forge no longer has it. */
  readonly request: { readonly number: number; readonly title: string; readonly left?: true } | null;
  /** Why, as a clause without a full stop: `it comes from a fork`. */
  readonly why: string;
}

/**
 * Finds them among the commits that a branch got, up to a revision, since the revision that a target applied in full last at the place that
 * is configured now, or else since the one that it looked at first; oldest first. What the branch had before that is not judged. `pinned`:
 * the revision was pinned by a rollback, and may be any commit: one that was never applied there counts as unreviewed. What the state says
 * of a commit counts where nothing else is known of it.
 */
export type FindUnreviewed = (
  state: Pick<TargetState, "applied_revision" | "first_revision" | "heads" | "unreviewed"> | null,
  to: string,
  pinned?: boolean,
) => Promise<readonly UnreviewedCommit[]>;
