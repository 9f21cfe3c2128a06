import type { Address } from "./address.ts";
import type { Review, ReviewOutcome, ReviewVerdict } from "./review.ts";

/** Someone's approval of a plan that waits for the merge of its request. */
export interface EarlyApproval {
  readonly digest: string;
  /** Their login. */
  readonly by: string;
  readonly at: string;
}

/** What is remembered of one request, for one target, from its first look to the end of what it led to. */
export interface ReviewRecord {
  readonly target: string;
  /** The repository on its forge: targets of one repository share its requests. */
  readonly place: string;
  readonly number: number;
  readonly url: string;
  readonly author: string;
  /** Its newest commit when it was looked at. */
  readonly head: string;
  readonly verdict: ReviewVerdict["kind"];
  /** The digest of its plan; null: it has none. A new head without a plan voids the one before. */
  readonly digest: string | null;
  /** What the plan changes because of the request. */
  readonly addresses: readonly Address[];
  /** How often it was looked at in vain: the repository does not have its newest commit. None: it has. */
  readonly missed?: number;
  /** Whether something of that needs an approval. */
  readonly needs_approval: boolean;
  readonly approvals: readonly EarlyApproval[];
  /** Digests that somebody rejected: merging does not approve them. */
  readonly rejected: readonly string[];
  /** Digests that were approved in the store for it, each once: who takes that back on the page has the last word. */
  readonly spent: readonly string[];
  /** Null: it is open. */
  readonly outcome: ReviewOutcome | null;
  /** The merge, and when it was first seen; null: there was none. `commit` is what has to be applied. */
  readonly merged: { readonly by: string | null; readonly commit: string; readonly at: string } | null;
  /** The commit whose check run says that manifests are wrong; null: none does. */
  readonly marked?: string | null;
  /** Its changes keep other requests waiting no longer: somebody said so. */
  readonly unlocked: boolean;
  /** Somebody asked for its plan though it is a draft or has the label. */
  readonly asked: boolean;
  /** The id of the comment; null: there is none yet. */
  readonly comment: string | null;
  /** Hash of what was said last: the same is not said again. */
  readonly said: string;
  /** What its commit says, by status: targets of one repository share them. */
  readonly statuses: ReviewStatuses;
  /** The request's `updated_at` when its comments were read last, and when that was. */
  readonly read: { readonly moved: string; readonly at: string };
  /** Ids of comments whose commands were carried out or refused. */
  readonly handled: readonly string[];
  /** Nothing more is to be said. */
  readonly settled: boolean;
  readonly updated_at: string;
}

/** One status of a commit. */
export interface ReviewStatus {
  readonly state: "pending" | "success" | "failure" | "error";
  readonly description: string;
}

/** The statuses of a request's newest commit. */
export interface ReviewStatuses {
  readonly plan: ReviewStatus;
  readonly apply: ReviewStatus;
}

/** A request's record with what was said of it last. The review holds the plan, which may be megabytes. */
export interface KeptReview {
  readonly record: ReviewRecord;
  /** Null: a comment on it was heeded, and nothing was said yet. */
  readonly review: Review | null;
}
