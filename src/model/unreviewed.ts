/**
 * A commit that came onto a branch by the merge of a request of which nobody could review a plan, or of which that can't be told now.
 * What a revision with such a commit changes waits for an approval.
 */
export interface UnreviewedCommit {
  readonly commit: string;
  /** The request that was merged; null: the forge could not be asked how the commit came. */
  readonly request: { readonly number: number; readonly title: string } | null;
  /** Why, as a clause without a full stop: `it comes from a fork`. */
  readonly why: string;
}

/** Finds them among the commits that a branch got from one revision (null: there is none) to another one, oldest first. */
export type FindUnreviewed = (from: string | null, to: string) => Promise<readonly UnreviewedCommit[]>;
