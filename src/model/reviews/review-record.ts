import type { Address } from "../address.ts";
import type { ChangeAuthors } from "./change-authors.ts";
import type { Review, ReviewVerdict } from "./review.ts";
import type { ReviewPhase } from "./review-phase.ts";

/** The audit action for an edit or a delete of the daemon's comment by another user, as reported by a webhook. */
export const ALTER_ACTION = "alter_comment";

/** The audit action for a comment with a deciding command, with its original text as reported by a webhook. */
export const COMMAND_ACTION = "write_command";

/** A user's approval of a plan that waits for the merge of its request. */
export interface EarlyApproval {
  readonly digest: string;
  /** The request's newest commit that they saw; left out by older releases, which bound it to none: such an approval counts no more. */
  readonly head?: string;
  /** Their login. */
  readonly by: string;
  /** When it was given: as long ago as the forge's clock says, by the store's clock. */
  readonly at: string;
  /** Its number among the decisions of the target; left out in what an older release recorded. */
  readonly seq?: number;
}

/** A rejection as it is shown. */
export interface StandingNo {
  readonly by: string;
  readonly at: string;
  /** Its number among the decisions of the target. */
  readonly seq: number;
  /** Why, in its giver's words; left out or null: not known. */
  readonly reason?: string | null;
}

/** A rejection that was read while it was unknown whether it counts, as it will be recorded if it does. */
export interface UndecidedNo {
  /** The comment's id, and when it was written, by the forge's clock; the release before left that out. */
  readonly comment: string;
  readonly written?: string;
  readonly by: string;
  readonly at: string;
  /** The digest that it names, or its beginning; left out: none. */
  readonly asked?: string;
  /** What it is about: the commit that was reviewed, and the digest of its plan. */
  readonly head: string;
  readonly digest: string | null;
  /** Digests of all plans that it is about, or what it names where the request showed no such plan; left out by the release before. */
  readonly plans?: readonly string[];
  /** Effects of them that the release before copied here; else none: they are read where they are compared. */
  readonly effects: readonly string[];
}

/** A review as it was shown first: one that is rewritten with the same plan of the same commit stays the same. */
export interface PublishedReview {
  readonly head: string;
  /** Of the plan that it shows; null: it shows none. */
  readonly digest: string | null;
  /** How often the comment had been altered by then: what is restored is another review. */
  readonly restored: number;
  /** The newest rejection that it says, by its number; left out: none. Of an older release `true`. */
  readonly rejected?: number | true;
  /** The newest rejection of the target that it takes into account, by its number; left out: none. */
  readonly decided?: number;
  /** The forge's time from which on it stood. */
  readonly at: string;
  /** When it was written first, where it may have been altered and set back since, so that `at` is later; left out: `at`. */
  readonly from?: string;
  /** It had no room for the whole plan, so that its merge approves nothing; left out: it shows all. */
  readonly partial?: true;
  /** It was found standing then, and nothing proves that it stood before; left out: it was written then. */
  readonly unproven?: true;
}

/** The comment as it was last written, to detect changes by other users. */
export interface ShownComment {
  /** Hashes of the texts that it may have: as it was sent and as the forge keeps it; while it is rewritten, also the former ones. */
  readonly texts: readonly string[];
  /** The forge's time of that writing; "": it is being written for the first time. */
  readonly at: string;
  /** The last of the texts was sent, and it is unknown whether and when that took effect. */
  readonly awaited?: true;
  /** That text has no room for the whole plan; left out: it shows all. */
  readonly partial?: true;
}

/** What a plan that people could see was made of. */
export interface ShownPlan {
  /** The request's newest commit. */
  readonly head: string;
  /** Hash of what its merge into the base of that moment changes in the manifests: each file with its content before and after. */
  readonly change: string;
}

/** What others did to the comment. */
export interface AlteredComment {
  readonly how: "edited" | "deleted";
  /** Who did it last; null: the forge does not say. */
  readonly by: string | null;
  /** How often it was found so. */
  readonly times: number;
}

/** What is remembered of one request, for one target, from its first look to the end of what it led to. `moveReview` moves its phase. */
export type ReviewRecord = ReviewFacts & ReviewPhase;

/** What is remembered of a request in each phase. */
export interface ReviewFacts {
  readonly target: string;
  /** The repository on its forge: targets of one repository share its requests. */
  readonly place: string;
  readonly number: number;
  /** When it was opened, by the forge's clock; left out in what an older release wrote, until it is looked at. */
  readonly opened?: string;
  /** The branch that it wanted to change when it was looked at; left out in what an older release wrote. */
  readonly branch?: string;
  readonly url: string;
  readonly author: string;
  /** Whose change it was when that was asked, where authors do not approve their own; left out: not known. */
  readonly authors?: ChangeAuthors;
  /** Left out in what an older release wrote. */
  readonly title?: string;
  /** Its newest commit when it was looked at. */
  readonly head: string;
  readonly verdict: ReviewVerdict["kind"];
  /** The plan that stood in the comment last; null: none does. Left out in what an older release wrote: none counts as shown. */
  readonly shown_plan?: ShownPlan | null;
  /** The digest of its plan; null: it has none. A new head without a plan voids the one before. */
  readonly digest: string | null;
  /** What the plan changes because of the request. */
  readonly addresses: readonly Address[];
  /** How often it was looked at in vain: the repository does not have its newest commit. None: it has. */
  readonly missed?: number;
  /** Whether something of that needs an approval. */
  readonly needs_approval: boolean;
  /** The newest rejection that stands against its plan; left out: none does. */
  readonly rejection?: StandingNo;
  /** The newest rejection of the target, by its number, that `rejection` takes into account; left out: none. */
  readonly decided?: number;
  /** Rejections on the request that can't be judged for now; they are judged again in each round. Left out: none. */
  readonly undecided?: readonly UndecidedNo[];
  /** Who wrote one, here or elsewhere, that would reject its plan; left out: no one. */
  readonly undecided_by?: string;
  /** Those that count, as the decisions say; and what an older release recorded, which had no decisions. */
  readonly approvals: readonly EarlyApproval[];
  /** Rejected digests, as an older release recorded them: they count as one rejection of the request. */
  readonly rejected: readonly string[];
  /** Digests that were approved in the store for it, each once: who takes that back on the page has the last word. */
  readonly spent: readonly string[];
  /** The commit whose check run says that manifests are wrong; null: none does. */
  readonly marked?: string | null;
  /** It was seen while it was being merged, as GitLab shows it; left out: it was not, or was open again since. */
  readonly merging?: true;
  /** A user requested its plan though it is a draft or has the label. */
  readonly asked: boolean;
  /** The id of the comment; null: there is none yet. */
  readonly comment: string | null;
  /** Left out by older releases, and before the comment was written. */
  readonly shown?: ShownComment;
  /** Reviews that were shown, oldest first; of very many the newest. */
  readonly published?: readonly PublishedReview[];
  /** Left out: the comment was not altered. */
  readonly altered?: AlteredComment;
  /** Hash of what the comment says of the request itself; null: the comment is to be written (again), so the current text was not shown yet. */
  readonly said: string | null;
  /**
   * Hash of what of that neither the control plane nor other requests change: the newest commit and decisions; the base branch's commit that it was last planned on
   * (null: it never was); and hashes of what was said to have become of it since it was open, the newest at the end (left out: nothing). Left out: not known.
   */
  readonly own?: { readonly hash: string; readonly base: string | null; readonly steps?: readonly string[] };
  /** Hash of the open requests that the comment names beside that, as they change the same objects; null or left out: none. */
  readonly beside?: string | null;
  /** What this target has to say of the commit; targets that share its statuses combine theirs. */
  readonly statuses: ReviewStatuses;
  /**
   * The combined statuses that this target set last, and when. Null or left out: none, or whether the forge took them is not known,
   * so they are set again.
   */
  readonly told?: PublishedStatuses | null;
  /** The request's `updated_at` when its comments were read last, and when that was; null: they were not read yet. */
  readonly read: { readonly moved: string; readonly at: string } | null;
  /** Comments whose commands were run or refused, each as its id and its time; of the release before the id alone. */
  readonly handled: readonly string[];
  /**
   * Ids of comments whose commands wait, and since when: for the webhook with their original text, or for what has to be known before an
   * approval is judged. Left out: none do.
   */
  readonly awaited?: Readonly<Record<string, string>>;
  /** Names the newest demand for another look, which a round that began before does not settle; left out: there was none. */
  readonly asked_again?: string;
  readonly updated_at: string;
}

/** One status of a commit. */
export interface ReviewStatus {
  readonly state: "pending" | "success" | "failure" | "error";
  readonly description: string;
}

/** The two statuses as they were set on a forge. */
export interface PublishedStatuses extends ReviewStatuses {
  readonly at: string;
  /** The repository and the name that they were set under; left out by older releases, which did not remember it. */
  readonly as?: string;
}

/** The two statuses of a commit. */
export interface ReviewStatuses {
  readonly plan: ReviewStatus;
  readonly apply: ReviewStatus;
}

/** A request's record with what was said of it last. The review holds the plan, which may be megabytes. */
export interface KeptReview {
  readonly record: ReviewRecord;
  /** Null: a comment on it was processed, and no plan was shown yet. */
  readonly review: Review | null;
}
