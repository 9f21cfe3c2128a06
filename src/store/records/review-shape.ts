import type { Address } from "../../model/address.ts";
import { type ReviewOutcome, UNSEEN_MERGES } from "../../model/review.ts";
import type { Merge } from "../../model/review-phase.ts";
import type {
  AlteredComment,
  EarlyApproval,
  PublishedReview,
  PublishedStatuses,
  ReviewStatus,
  ReviewStatuses,
  ShownComment,
  ShownPlan,
  StandingNo,
  UndecidedNo,
} from "../../model/review-record.ts";
import {
  either,
  isBoolean,
  isNumber,
  isOneOf,
  isText,
  listOf,
  mapOf,
  objectOf,
  optional,
  orNull,
  type Shape,
  unionOf,
} from "../shape.ts";
import type { StoredReview } from "./review-body.ts";

const texts = listOf(isText);
const by = orNull(isText);
const isTrue = isOneOf(true);
/** Addresses are compared, and not read: one of a kind that is not known any more is one. */
const isAddress: Shape<Address> = (value): value is Address => isText(value);

const isUnseen = isOneOf(...UNSEEN_MERGES);

const isOutcome = unionOf<ReviewOutcome>({
  closed: { base: optional(isText) },
  merged: { by },
  waiting: { by, message: isText, out_of_service: optional(texts) },
  held: {
    ...{ by, digest: isText, reviewed: isBoolean, unseen: optional(isUnseen) },
    expired: optional(objectOf<{ readonly by: string; readonly at: string }>({ by: isText, at: isText })),
    ...{ rejected_by: optional(isText), rejected_at: optional(isText), rejected_because: optional(isText) },
    ...{ undecided_by: optional(isText), out_of_service: optional(texts) },
  },
  applied: { by, revision: isText, at: isText, changed_since: optional(isTrue) },
  failed: { by, message: isText, out_of_service: optional(texts) },
});

const isMerge = objectOf<Merge>({
  ...{ by, commit: isText, at: isText, approves: optional(isTrue), unseen: optional(isUnseen) },
});

const isApproval = objectOf<EarlyApproval>({
  ...{ digest: isText, head: optional(isText), by: isText, at: isText, seq: optional(isNumber) },
});

const isStandingNo = objectOf<StandingNo>({ by: isText, at: isText, seq: isNumber, reason: optional(orNull(isText)) });

const isUndecidedNo = objectOf<UndecidedNo>({
  ...{ comment: isText, written: optional(isText), by: isText, at: isText, asked: optional(isText) },
  ...{ head: isText, digest: orNull(isText), effects: texts },
});

const isPublished = objectOf<PublishedReview>({
  ...{ head: isText, digest: orNull(isText), restored: isNumber, at: isText, from: optional(isText) },
  ...{
    rejected: optional(either(isNumber, isTrue)),
    decided: optional(isNumber),
    unproven: optional(isTrue),
    partial: optional(isTrue),
  },
});

const isStatus = objectOf<ReviewStatus>({
  ...{ state: isOneOf("pending", "success", "failure", "error"), description: isText },
});

const isShownPlan = objectOf<ShownPlan>({ head: isText, change: isText });
const isShownComment = objectOf<ShownComment>({
  texts,
  at: isText,
  awaited: optional(isTrue),
  partial: optional(isTrue),
});
const isAltered = objectOf<AlteredComment>({ how: isOneOf("edited", "deleted"), by, times: isNumber });
const isReported = objectOf<PublishedStatuses>({ plan: isStatus, apply: isStatus, at: isText, as: optional(isText) });

/** What a row keeps of a request. What is left out in what an older release wrote may be left out. */
export const isStoredReview: Shape<StoredReview> = objectOf<StoredReview>({
  ...{ target: isText, place: isText, number: isNumber, opened: optional(isText), url: isText, author: isText },
  ...{ title: optional(isText), head: isText, digest: orNull(isText), needs_approval: isBoolean },
  verdict: isOneOf("planned", "unconcerned", "invalid", "conflict", "skipped", "failed"),
  shown_plan: optional(orNull(isShownPlan)),
  ...{ addresses: listOf(isAddress), missed: optional(isNumber) },
  ...{ rejection: optional(isStandingNo), decided: optional(isNumber) },
  ...{ undecided: optional(listOf(isUndecidedNo)), undecided_by: optional(isText) },
  ...{ approvals: listOf(isApproval), rejected: texts, spent: texts },
  ...{ merged: orNull(isMerge), outcome: orNull(isOutcome), unlocked: isBoolean, settled: isBoolean },
  ...{ marked: optional(orNull(isText)), asked: isBoolean, comment: orNull(isText) },
  ...{ shown: optional(isShownComment), published: optional(listOf(isPublished)), altered: optional(isAltered) },
  said: isText,
  statuses: objectOf<ReviewStatuses>({ plan: isStatus, apply: isStatus }),
  told: optional(orNull(isReported)),
  read: objectOf<StoredReview["read"]>({ moved: isText, at: isText }),
  ...{ handled: texts, awaited: optional(mapOf(isText)), updated_at: isText },
});
