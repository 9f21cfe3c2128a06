import type { GivenDecision } from "../../model/passes/decision.ts";
import { nameRequest, type RequestKey } from "../../model/reviews/name-request.ts";
import type { ReviewRecord, UndecidedNo } from "../../model/reviews/review-record.ts";

/** What is to be recorded of a request's comment that can't be judged for now, if it counts: as one of these effects. */
export function draftRejection(
  record: ReviewRecord,
  { comment, written, by, at, head, digest }: UndecidedNo,
  effects: readonly string[],
): GivenDecision {
  const { target, place } = record;
  const via = place.split(" ")[0] ?? place;
  return {
    ...{ target, id: nameDecision(record, { id: comment, created_at: written ?? "" }) },
    ...{ kind: "reject", request: nameRequest(record), head, digest, effects, revision: null, lifts: [], by, via, at },
  };
}

/** Under which id what a comment decides is recorded once: a forge that was moved or restored gives the comment's id again. */
export function nameDecision(
  request: RequestKey,
  { id, created_at }: { readonly id: string; readonly created_at: string },
): string {
  return `${nameRequest(request)} ${id} ${created_at}`;
}
