import { createHash } from "node:crypto";
import type { PublishedReview, ReviewRecord, ShownComment } from "../../model/reviews/review-record.ts";
import type { Comment } from "../forge/forge.ts";
import { type PublishedComment, plain } from "./publish-comment.ts";

/** The state of the daemon's comment since it was written. */
export type Comparison =
  /** It stands as it was written, or there is none that could be compared: not yet, or its deletion was noted before. */
  | { readonly kind: "same" }
  /** It has the text whose writing was interrupted before that was recorded: whether the daemon wrote last is not known. */
  | { readonly kind: "written"; readonly comment: Comment }
  /** It stands as it was written, but was changed in between: edited and set back, or reacted to where the forge counts that. */
  | { readonly kind: "touched"; readonly comment: Comment }
  | { readonly kind: "edited"; readonly comment: Comment }
  | { readonly kind: "deleted" };

/** Compares the comment word for word with what was written. `comments`: all of the request. */
export function compareComment(record: ReviewRecord, comments: readonly Comment[]): Comparison {
  const { comment: id, shown } = record;
  if (id === null || shown === undefined) return { kind: "same" };
  const comment = comments.find((one) => one.id === id);
  if (comment === undefined) return { kind: isKnownDeleted(record) ? "same" : "deleted" };
  const text = hashText(comment.body);
  if (!shown.texts.includes(text)) return { kind: "edited", comment };
  if (shown.awaited && shown.texts.at(-1) === text) return { kind: "written", comment };
  return timeOf(comment) > shown.at ? { kind: "touched", comment } : { kind: "same" };
}

/** Whether the deletion was noted, and the comment not written again since. */
function isKnownDeleted({ altered, published }: ReviewRecord): boolean {
  return altered?.how === "deleted" && published?.at(-1)?.restored !== altered.times;
}

/** The hash of a comment's text, by which it is recognised: without what forges change of it. */
export function hashText(text: string): string {
  return createHash("sha256").update(plain(text)).digest("hex");
}

/** When a comment was changed last by the forge's clock, ISO 8601 in UTC with milliseconds: so times compare as texts. */
export function timeOf({ created_at, updated_at }: Pick<Comment, "created_at" | "updated_at">): string {
  return new Date(updated_at ?? created_at).toISOString();
}

/** What the comment may say while a text is being written, which shows the whole plan or a part of it. */
export function expectText({ shown }: ReviewRecord, text: string, isWhole: boolean): ShownComment {
  const sent = hashText(text);
  const former = (shown?.texts ?? []).filter((hash) => hash !== sent).slice(-MOST_TEXTS);
  return { texts: [...former, sent], at: shown?.at ?? "", awaited: true, ...(isWhole ? {} : { partial: true }) };
}

/** The former text, and one whose writing was interrupted, each as it was sent and as the forge keeps it. */
const MOST_TEXTS = 4;

/** Since when a comment has been proven to show its review. */
export interface Standing {
  /** By the forge's clock. */
  readonly at: string;
  /** It was proven to stand then; before, another user may have changed it and set it back. */
  readonly unproven?: true;
}

/**
 * The record once the comment was written: what it says, whether that is the whole plan, and since when its review stands. A review that was
 * shown already keeps standing since then, unless `since` is given, as after a writing whose answer was lost.
 */
export function recordPublished(
  record: ReviewRecord,
  text: string,
  { id, kept }: Pick<PublishedComment, "id" | "kept">,
  { since, isWhole }: { readonly since: Standing | null; readonly isWhole: boolean },
): ReviewRecord {
  const shown = { texts: [...new Set([hashText(kept.body), hashText(text)])], at: timeOf(kept) };
  const published = record.published ?? [];
  const last = published.at(-1);
  const review: PublishedReview = {
    head: record.head,
    digest: findShownDigest(record),
    restored: record.altered?.times ?? 0,
    ...(record.rejection === undefined ? {} : { rejected: record.rejection.seq }),
    ...(record.decided === undefined ? {} : { decided: record.decided }),
    ...(isWhole ? {} : { partial: true }),
    ...(since ?? { at: shown.at }),
  };
  const isSame =
    last?.head === review.head &&
    last.digest === review.digest &&
    last.restored === review.restored &&
    last.partial === review.partial &&
    last.rejected === review.rejected;
  const former = isSame ? published.slice(0, -1) : published;
  const isKept = isSame && since === null;
  const written = isSame ? { from: last.from ?? last.at } : {};
  const known = isKept ? published : [...former, { ...review, ...written }].slice(-MOST_REVIEWS);
  return recordDecided({ ...record, comment: id, shown, published: known });
}

/** Of the plan that the comment shows: where it says that an open request can't be planned for now, it shows none. */
function findShownDigest({ outcome, verdict, digest }: ReviewRecord): string | null {
  if (outcome?.kind === "held") return outcome.digest;
  return outcome === null && verdict === "failed" ? null : digest;
}

/** The record, whose review as it is shown says all that the record knows of rejections. */
export function recordDecided(record: ReviewRecord): ReviewRecord {
  const { published = [], decided } = record;
  const last = published.at(-1);
  if (last === undefined || decided === undefined || last.decided === decided) return record;
  return { ...record, published: [...published.slice(0, -1), { ...last, decided }] };
}

/** Reviews of one request that are remembered. */
const MOST_REVIEWS = 200;
