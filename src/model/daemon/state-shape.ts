import {
  described,
  type Fields,
  isBoolean,
  isCount,
  isNumber,
  isOneOf,
  isText,
  isTime,
  listOf,
  objectOf,
  optional,
  orNull,
} from "../json/shape.ts";
import type { OtherWrite } from "../passes/other-write.ts";
import { isPassRecord } from "../passes/pass-shape.ts";
import { STATES, type Status } from "../passes/status.ts";
import { isAddress } from "../plan/plan-texts.ts";
import type { KnownAuthors, RequestAuthor } from "../reviews/known-authors.ts";
import { isChangeAuthors } from "../reviews/review-shape.ts";
import type {
  Begun,
  Contest,
  FormerPlace,
  LeftObject,
  ObjectCount,
  PlaceFacts,
  Sighting,
  TargetState,
  UnreachableWork,
  VerifiedRevision,
  Waiting,
} from "./daemon-records.ts";
import type { UnreviewedCommit } from "./unreviewed.ts";

const texts = listOf(isText);

/** A target's status. */
export const isStatus = objectOf<Status>({
  ...{ state: isOneOf(...STATES), reason: isText, message: isText, since: isTime },
});

const isContest = objectOf<Contest>({
  address: isAddress,
  reverted_at: described(listOf(isTime), "When it was reverted, oldest first"),
  held_since: described(orNull(isTime), "Since when its reverts are suspended; null: it is reverted"),
  changed_by: described(orNull(isText), "Who changed it last, where the control plane says"),
});

const isBegun = objectOf<Begun>({
  ...{ revision: isText, objects: texts, run: orNull(isText), drains: optional(isBoolean), digest: optional(isText) },
});

const isUnreviewedCommit = objectOf<UnreviewedCommit>({
  commit: isText,
  request: orNull(
    objectOf<NonNullable<UnreviewedCommit["request"]>>({
      ...{ number: isCount, title: isText, left: optional(isOneOf(true)) },
    }),
  ),
  why: isText,
});

/** What was found and applied at one place. */
export const PLACE_FACTS: Fields<PlaceFacts> = {
  ...{ applied_revision: orNull(isText), heads: optional(texts), good_revision: orNull(isText) },
  drift_since: orNull(isTime),
  drifted: described(listOf(isAddress), "Addresses of what was changed outside"),
  begun: optional(orNull(isBegun)),
  contests: described(listOf(isContest), "What was changed outside and reverted recently"),
  told_seq: optional(orNull(isNumber)),
  told_runs: optional(texts),
  told_as: optional(texts),
  unreviewed: optional(listOf(isUnreviewedCommit)),
};

/** Work that waits in a queue that reaches no cluster. */
const isUnreachable = objectOf<UnreachableWork>({
  ...{ queue: isText, waiting: isCount, reason: isText, since: isTime },
});

const isLeftObject = objectOf<LeftObject>({
  address: isAddress,
  place: optional(described(isText, "The place that the target had before, where its change was left half-way")),
  ...{ message: isText, since: isTime },
});

const isOtherWrite = objectOf<OtherWrite>({
  ...{
    kind: isOneOf("forestalled", "undone"),
    address: isAddress,
    fields: texts,
    revision: orNull(isText),
    at: isTime,
  },
  changed_by: described(orNull(isText), "Who wrote there last, where the control plane says"),
  changed_at: orNull(isTime),
});

/** What interrupted runs left of a target. */
export const isLeftBehind = described(
  listOf(isLeftObject),
  "What interrupted runs left and people have to decide about",
);

/** Traces of another writer. */
export const isOtherWrites = described(listOf(isOtherWrite), "Traces of another writer that manages the target");

/** What is known of a target between passes. */
export const isTargetState = objectOf<TargetState>({
  target: isText,
  ...PLACE_FACTS,
  place: optional(isText),
  former: optional(listOf(objectOf<FormerPlace>({ ...PLACE_FACTS, place: isText }))),
  ...{ status: isStatus, last_pass: orNull(isPassRecord), first_revision: optional(orNull(isText)) },
  verified: optional(orNull(objectOf<VerifiedRevision>({ revision: isText, under: isText }))),
  ...{
    pinned_revision: orNull(isText),
    pinned_as: optional(isText),
    last_success_at: orNull(isTime),
    failures: isCount,
  },
  objects: listOf(objectOf<ObjectCount>({ kind: isText, state: isText, count: isCount })),
  looked_at: orNull(isTime),
  unreachable: described(listOf(isUnreachable), "Queues that reach no cluster and have work that waits"),
  unreachable_more: optional(described(isCount, "So many more of them, beyond a thousand")),
  ...{ left_behind: optional(isLeftBehind), other_writes: optional(isOtherWrites), excess: optional(texts) },
  ...{ out_of_service: optional(listOf(isAddress)), approval_since: optional(orNull(isTime)) },
  waiting: optional(orNull(objectOf<Waiting>({ steps: isCount, since: isTime }))),
  updated_at: isTime,
});

/** An uncommitted difference. */
export const isSighting = objectOf<Sighting>({
  ...{ address: isAddress, difference: isText, first_at: isTime, count: isCount },
});

/** Whose requests a branch got. */
export const isKnownAuthors = objectOf<KnownAuthors>({
  ...{ target: isText, of: optional(isText), from: isText, revisions: texts },
  requests: listOf(objectOf<RequestAuthor>({ number: isNumber, author: isText, authors: optional(isChangeAuthors) })),
});
