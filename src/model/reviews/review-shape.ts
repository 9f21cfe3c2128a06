import {
  described,
  either,
  type Fields,
  isBoolean,
  isCount,
  isNumber,
  isOneOf,
  isText,
  isTime,
  isTrue,
  listOf,
  type Members,
  mapOf,
  objectOf,
  optional,
  orNull,
  textShape,
  unionOf,
} from "../json/shape.ts";
import { isDiagnostic, isHeldChange } from "../passes/pass-shape.ts";
import { isPlan } from "../plan/plan-shape.ts";
import { isAddress } from "../plan/plan-texts.ts";
import type { ChangeAuthors } from "./change-authors.ts";
import type { MergeGroupRecord } from "./merge-group.ts";
import {
  type Overlap,
  type PlanParts,
  type Review,
  type ReviewOutcome,
  type ReviewVerdict,
  type SkipReason,
  UNSEEN_MERGES,
} from "./review.ts";
import type { Merge } from "./review-phase.ts";
import type {
  AlteredComment,
  EarlyApproval,
  PublishedReview,
  PublishedStatuses,
  ReviewFacts,
  ReviewStatus,
  ReviewStatuses,
  ShownComment,
  ShownPlan,
  StandingNo,
  UndecidedNo,
} from "./review-record.ts";

/** Whose change a request is. */
export const isChangeAuthors = objectOf<ChangeAuthors>({
  ...{ rule: optional(isNumber), head: isText, moved: isText, at: isText },
  ...{ logins: listOf(isText), unknown: optional(isText) },
});

const texts = listOf(isText);
const addresses = listOf(isAddress);
const by = orNull(isText);

const isUnseen = isOneOf(...UNSEEN_MERGES);

/** The outcome of a request's changes after the merge. */
export const isReviewOutcome = described(
  unionOf<ReviewOutcome>({
    closed: { base: optional(isText) },
    merged: { by },
    waiting: { by, message: isText, out_of_service: optional(texts) },
    held: {
      ...{ by, digest: isText, reviewed: isBoolean, unseen: optional(isUnseen) },
      expired: optional(objectOf<{ readonly by: string; readonly at: string }>({ by: isText, at: isText })),
      ...{ rejected_by: optional(isText), rejected_at: optional(isText), rejected_because: optional(isText) },
      ...{ undecided_by: optional(isText), awaits_comments: optional(isTrue), out_of_service: optional(texts) },
    },
    applied: { by, revision: isText, at: isText, changed_since: optional(isTrue) },
    failed: { by, message: isText, out_of_service: optional(texts) },
  }),
  "With what belongs to its kind",
);

/** A request's merge. */
export const isMerge = objectOf<Merge>({
  ...{ by, commit: isText, at: isText, approves: optional(isTrue), unseen: optional(isUnseen) },
});

const isApproval = objectOf<EarlyApproval>({
  ...{ digest: isText, head: optional(isText), by: isText, at: isText, seq: optional(isNumber) },
});

const isStandingNo = objectOf<StandingNo>({ by: isText, at: isText, seq: isNumber, reason: optional(orNull(isText)) });

const isUndecidedNo = objectOf<UndecidedNo>({
  ...{ comment: isText, written: optional(isText), by: isText, at: isText, asked: optional(isText) },
  ...{ head: isText, digest: orNull(isText), plans: optional(texts), effects: texts },
});

const isPublished = objectOf<PublishedReview>({
  ...{ head: isText, digest: orNull(isText), restored: isNumber, at: isText, from: optional(isText) },
  ...{ rejected: optional(either(isNumber, isTrue)), decided: optional(isNumber), unproven: optional(isTrue) },
  partial: optional(isTrue),
});

/** One status of a commit. */
export const isReviewStatus = objectOf<ReviewStatus>({
  ...{ state: isOneOf("pending", "success", "failure", "error"), description: isText },
});
/** The two statuses of a commit. */
export const isReviewStatuses = objectOf<ReviewStatuses>({ plan: isReviewStatus, apply: isReviewStatus });

const isShownPlan = objectOf<ShownPlan>({ head: isText, change: isText });
const isShownComment = objectOf<ShownComment>({
  ...{ texts, at: isText, awaited: optional(isTrue), partial: optional(isTrue) },
});
const isAltered = objectOf<AlteredComment>({ how: isOneOf("edited", "deleted"), by, times: isNumber });
/** The two statuses as they were set on a forge. */
export const isPublishedStatuses = objectOf<PublishedStatuses>({
  ...{ plan: isReviewStatus, apply: isReviewStatus, at: isText, as: optional(isText) },
});

/** What is remembered of a request in each phase. What an older release left out may be left out. */
export const REVIEW_FACTS: Fields<ReviewFacts> = {
  ...{ target: isText, place: isText, number: isCount, opened: optional(isText), branch: optional(isText) },
  url: described(isText, "Its page on the forge, as the forge has it"),
  ...{ author: isText, authors: optional(isChangeAuthors), title: optional(isText) },
  head: described(isText, "Its newest commit"),
  verdict: isOneOf("planned", "unconcerned", "invalid", "conflict", "skipped", "failed"),
  shown_plan: optional(orNull(isShownPlan)),
  digest: described(orNull(isText), "Of its plan; null: it has none"),
  ...{ addresses: listOf(isAddress), missed: optional(isNumber) },
  needs_approval: described(isBoolean, "Whether something that it changes needs an approval"),
  ...{ rejection: optional(isStandingNo), decided: optional(isNumber) },
  ...{ undecided: optional(listOf(isUndecidedNo)), undecided_by: optional(isText) },
  ...{ approvals: listOf(isApproval), rejected: texts, spent: texts },
  ...{ marked: optional(orNull(isText)), merging: optional(isTrue), asked: isBoolean, comment: orNull(isText) },
  ...{ shown: optional(isShownComment), published: optional(listOf(isPublished)), altered: optional(isAltered) },
  ...{
    said: orNull(isText),
    own: optional(
      objectOf<NonNullable<ReviewFacts["own"]>>({ hash: isText, base: orNull(isText), steps: optional(texts) }),
    ),
    beside: optional(orNull(isText)),
    statuses: isReviewStatuses,
    told: optional(orNull(isPublishedStatuses)),
  },
  read: orNull(objectOf<NonNullable<ReviewFacts["read"]>>({ moved: isText, at: isText })),
  ...{ handled: texts, awaited: optional(mapOf(isText)) },
  ...{ asked_again: optional(isText), updated_at: isTime },
};

const isOverlap = objectOf<Overlap>({
  ...{ number: isCount, title: optional(isText), url: isText, addresses },
  holds: orNull(objectOf<NonNullable<Overlap["holds"]>>({ by: isText, since: isText, until: isText })),
});

/** Where a store takes sensitive values out of texts, it may change this one. */
const isSkipReason = textShape<SkipReason>();

const isParts = objectOf<PlanParts>({
  ...{ request: addresses, drift: addresses, earlier: optional(addresses), both: addresses },
});

/** What a merge of a request would do, or why that is unknown: each with its fields. */
export const VERDICTS: Members<ReviewVerdict> = {
  planned: {
    ...{ plan: isPlan, parts: isParts, overlaps: listOf(isOverlap), sealed_by: optional(isText) },
    ...{ change: optional(isText), left: optional(listOf(isHeldChange)), blocked: optional(texts) },
    looked_at: optional(isNumber),
  },
  unconcerned: {},
  invalid: { diagnostics: listOf(isDiagnostic) },
  conflict: { files: texts },
  skipped: { reason: isSkipReason, passes: optional(isTrue) },
  failed: { code: isText, message: isText },
};

/** What a merge of a request would do. */
export const isReviewVerdict = described(
  unionOf(VERDICTS),
  "With what belongs to its kind: of `planned` the whole plan, its parts, and the requests that overlap",
);

/** What is said on a request about one target. */
export const isReview = objectOf<Review>({
  target: isText,
  head: described(isText, "The commit that was looked at"),
  base: described(orNull(isText), "The base branch's commit that it was merged into; null: that was not done"),
  verdict: isReviewVerdict,
  ...{ outcome: orNull(isReviewOutcome), approval: isOneOf("merge", "explicit") },
  approved: orNull(objectOf<NonNullable<Review["approved"]>>({ needed: isTrue, by, lost: optional(isText) })),
  ...{ pinned_revision: optional(isText), rejected_by: optional(isText), rejected_at: optional(isText) },
  ...{ rejected_because: optional(isText), undecided_by: optional(isText) },
  deciders: optional(
    objectOf<NonNullable<Review["deciders"]>>({
      ...{ approvers: orNull(texts), except: orNull(isText), others: optional(texts), unknown: optional(isText) },
    }),
  ),
  ...{ altered: optional(isAltered), made_at: isTime, from_ci: optional(isTrue) },
  unverified: optional(isTrue),
  version: described(isText, "Of poolkeeper"),
  page: orNull(isText),
});

/** What is remembered of one commit of a merge queue. */
export const isMergeGroup = objectOf<MergeGroupRecord>({
  ...{ target: isText, place: isText, head: isText, number: isNumber, pipeline: orNull(isNumber) },
  ...{ waits_since: orNull(isText), statuses: isReviewStatuses, told: orNull(isPublishedStatuses) },
  ...{ branch: optional(isText), updated_at: isText },
});
