import { isBoolean, isText, objectOf, orNull } from "../../model/json/shape.ts";
import type { ReviewOutcome } from "../../model/reviews/review.ts";
import { type Merge, OPEN, type ReviewPhase } from "../../model/reviews/review-phase.ts";
import type { ReviewFacts, ReviewRecord } from "../../model/reviews/review-record.ts";
import { isMerge, isReviewOutcome, REVIEW_FACTS } from "../../model/reviews/review-shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";

/**
 * The record of a request as its row keeps it. It stays as the release before reads and writes it, whose replicas may run beside: without the phase,
 * which is found in the other fields, and with "" for what is not known.
 */
export interface StoredReview extends Omit<ReviewFacts, "said" | "read"> {
  readonly said: string;
  readonly read: { readonly moved: string; readonly at: string };
  readonly merged: Merge | null;
  readonly outcome: ReviewOutcome | null;
  readonly unlocked: boolean;
  readonly settled: boolean;
}

const isStoredReview = objectOf<StoredReview>({
  ...REVIEW_FACTS,
  ...{ said: isText, read: objectOf<StoredReview["read"]>({ moved: isText, at: isText }) },
  ...{ merged: orNull(isMerge), outcome: orNull(isReviewOutcome), unlocked: isBoolean, settled: isBoolean },
});

/** The text of a row; {@link readReviewBody} reads it back. */
export function writeReviewBody({ phase: _found, said, read, ...rest }: ReviewRecord): string {
  const stored: StoredReview = { ...rest, said: said ?? "", read: read ?? { moved: "", at: "" } };
  return JSON.stringify(stored);
}

/** A row's record. What no release writes together is read as what lets the request be looked at again, where something may be left to do. */
export function readReviewBody(body: string, entry: string): ReviewRecord {
  const { said, read, merged, outcome, unlocked, settled, ...facts } = readStoredJson(body, entry, isStoredReview);
  const known = { said: said === "" ? null : said, read: read.at === "" ? null : read };
  return { ...facts, ...known, ...findPhase({ merged, outcome, unlocked, settled }) };
}

function findPhase({
  merged,
  outcome,
  unlocked,
  settled,
}: Pick<StoredReview, "merged" | "outcome" | "unlocked" | "settled">): ReviewPhase {
  if (merged === null || outcome?.kind === "closed") {
    const end = { merged, outcome: outcome?.kind === "closed" ? outcome : ({ kind: "closed" } as const) };
    if (settled) return { phase: "left", ...end, unlocked: false, settled };
    return outcome?.kind === "closed" ? { phase: "closed", ...end, unlocked: false, settled } : OPEN;
  }
  return settled
    ? { phase: "done", merged, outcome: outcome ?? { kind: "merged", by: merged.by }, unlocked, settled }
    : { phase: "merged", merged, outcome, unlocked, settled };
}
