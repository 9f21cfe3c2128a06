import type { AuditEntry } from "../passes/audit-entry.ts";
import type { NotedDecision } from "../passes/decision.ts";
import type { KnownAuthors } from "./known-authors.ts";
import type { MergeGroupRecord } from "./merge-group.ts";
import type { RequestKey } from "./name-request.ts";
import type { Deciders, ReportedComment, Reporter } from "./reported-comment.ts";
import type { Review } from "./review.ts";
import type { KeptReview, ReviewRecord } from "./review-record.ts";

/** Why a look at a target's pull requests failed, with no look since that did not. */
export interface RequestsTrouble {
  /** As of an `OperationalError`. */
  readonly code: string;
  /** What happened and what to do, in full sentences. */
  readonly message: string;
  /** When a look failed first, ISO 8601 in UTC. */
  readonly since: string;
  /** When they are looked at again at the latest: a pass or a webhook may come before. */
  readonly next_at: string;
}

/** A plan that a request shows. */
export interface ShownEffects {
  readonly digest: string;
  /** As `listEffects` names them. */
  readonly effects: readonly string[];
  /** Whose request it is, as the forge names them. */
  readonly author: string;
}

/** What the daemon keeps of pull requests, as a part of `DaemonRecords`. */
export interface RequestRecords {
  /**
   * Whether there is room for the record of one more request, beside those of the target about which something is still to be said: false where those
   * of its author take all that one author has. Throws an OperationalError `requests_full` where there is none for anyone.
   */
  hasRoom(owner: Pick<ReviewRecord, "target" | "author">): Promise<boolean>;
  /** Requests of a target about which something is still to be said, by number. */
  readReviews(target: string): Promise<readonly ReviewRecord[]>;
  /**
   * The same for several targets of one repository on a forge, of the requests that have this newest commit, `besides` one of them. No more than
   * `most`, but for those that an older release wrote; null: all. `spent`: those alone whose merges have used an approval. `settled`: also
   * those about which nothing more is to be said, of requests about which one of the targets has something to say.
   */
  readReviewsAt(
    place: string,
    head: string,
    which: {
      readonly targets: readonly string[];
      readonly besides: string | null;
      readonly most: number | null;
      readonly spent?: true;
      readonly settled?: true;
    },
  ): Promise<readonly ReviewRecord[]>;
  /** The records of one request, of all targets of its repository, those of which nothing more is to be said too. */
  readReviewsOf(request: string): Promise<readonly ReviewRecord[]>;
  /** Of {@link readReviews}, those with comments that may be rejections and can't be judged for now. */
  readUndecided(target: string): Promise<readonly ReviewRecord[]>;
  /** Of {@link readReviews}, the one of this number whose comment of the daemon's own has this id; null: none. */
  findCommented(target: string, number: number, comment: string): Promise<ReviewRecord | null>;
  /** By the request's name, see `nameRequest`. */
  readReview(target: string, request: string): Promise<KeptReview | null>;
  /** The record alone, without the review, which may be megabytes. */
  readRecord(target: string, request: string): Promise<ReviewRecord | null>;
  /** Of the requests that had this number in turn, as where the forge was moved or restored, the one that was looked at last. */
  findReview(target: string, number: number): Promise<KeptReview | null>;
  /** Gives what is kept of a request under names of before its own, decisions too. Under none of the names: nothing. */
  renameRequest(target: string, names: readonly string[], request: RequestKey): Promise<void>;
  /**
   * `review` null: the one that is kept stays. A demand for another look that the record does not know stays as well, and the request is
   * not settled then. Throws an OperationalError `requests_full` where there is no room for it.
   */
  writeReview(record: ReviewRecord, review: Review | null): Promise<void>;
  /**
   * Has the request that had this number last, if it is of this place, looked at again by the next round, also where one is under way.
   * Another demand of the same name changes nothing.
   */
  askAgain(
    target: string,
    request: Pick<RequestKey, "place"> & { readonly number: number },
    name: string,
  ): Promise<void>;
  /**
   * A user's action on a request, with its audit entry. `decision`: what they decided with it, recorded once; a rejection of what the
   * branch has ends every approval of its target, as `addRejection`. Refuses (false) an approval where a rejection is newer than the one
   * that it `knows`.
   */
  writeReviewAct(record: ReviewRecord, audit: AuditEntry, decision?: NotedDecision | null): Promise<boolean>;

  /**
   * Keeps what a plan does that a request, by its name, is to show: all that a rejection of it is about. In place of what was kept of that plan.
   * Not `kept`: what the requests of its author have shown, or those of the target, takes all of its room. It must not be shown then: what was shown
   * is kept as long as its request.
   */
  noteShown(target: string, request: string, plan: ShownEffects): Promise<"kept" | "author_full" | "target_full">;
  /** By the whole digest. Null: nothing was kept, as by an older release. */
  readShown(target: string, request: string, digest: string): Promise<readonly string[] | null>;

  /** Null: not asked for yet. */
  readAuthors(target: string): Promise<KnownAuthors | null>;
  /** In place of what the target had. */
  writeAuthors(known: KnownAuthors): Promise<void>;

  /** Null: the last look at the target's pull requests found none, or there was none yet. */
  readRequestsTrouble(target: string): Promise<RequestsTrouble | null>;
  /**
   * Notes what came of a look at the target's pull requests; null: it succeeded. What lasts keeps the time at which it began. True: trouble
   * began or ended.
   */
  noteRequestsTrouble(
    target: string,
    found: (Pick<RequestsTrouble, "code" | "message"> & { readonly nextMs: number }) | null,
  ): Promise<boolean>;

  /** Commits of the merge queue of a target's branch. */
  readGroups(target: string): Promise<readonly MergeGroupRecord[]>;
  /** What all targets of a repository on a forge remember of one such commit. */
  readGroupsOf(place: string, head: string): Promise<readonly MergeGroupRecord[]>;
  writeGroup(record: MergeGroupRecord): Promise<void>;
  /** Forgets commits that left the queue. */
  removeGroups(target: string, heads: readonly string[]): Promise<void>;

  /**
   * Keeps what a comment said when it was written. Of several reports the first one stays. Where there is no room for more, the oldest ones go of
   * the accounts that have the most; deciders have room of their own. `deciders`: those at its place, by default none that are known.
   */
  noteReported(comment: ReportedComment, deciders?: Deciders): Promise<void>;
  /** What was reported of a request's comments, oldest first: no more than there is room for, also where the store holds more. */
  readReported(place: string, number: number): Promise<readonly ReportedComment[]>;
  /** Of reports since then about requests of {@link readReviews}, the newest of each account on each: no account pushes out those of others. */
  readReporters(target: string, since: string): Promise<readonly Reporter[]>;
  /** Drops the reports at a place for which there is no room, as {@link noteReported} does. */
  trimReported(place: string, deciders: Deciders): Promise<void>;
  /** The accounts of which a decision on one of these targets is on record, in small letters. */
  readDeciders(targets: readonly string[]): Promise<ReadonlySet<string>>;

  /**
   * Takes a delivery of a webhook, with what it adds to the audit. False, and nothing is added, when it was taken before. Of what deliveries have added for
   * a target, the oldest goes where there is no room for more.
   */
  takeDelivery(id: string, audit: AuditEntry | null, deciders?: Deciders): Promise<boolean>;
}
