import type { PublishedStatuses, ReviewStatuses } from "./review-record.ts";

/** What is remembered of one commit of a merge queue or train, for one target, for as long as the commit is in the queue. */
export interface MergeGroupRecord {
  readonly target: string;
  /** The repository on its forge, as of a {@link ReviewRecord}. */
  readonly place: string;
  /** The branch that the queue merges into; left out in what an older release wrote. */
  readonly branch?: string;
  /** The commit that the queue tests. */
  readonly head: string;
  /** The request that it ends with; those before it in the queue are in it as well. */
  readonly number: number;
  /** GitLab's pipeline of the commit; null: forges without such, or it is not there yet. */
  readonly pipeline: number | null;
  /** Since when it waits for what may pass by itself: it could not be planned, or a request in it was not. Null: it does not. */
  readonly waits_since: string | null;
  /** What this target has to say of the commit; targets that share its statuses combine theirs. */
  readonly statuses: ReviewStatuses;
  /** The combined statuses that this target set last, and when. Null: none, or whether the forge took them is not known. */
  readonly told: PublishedStatuses | null;
  readonly updated_at: string;
}
