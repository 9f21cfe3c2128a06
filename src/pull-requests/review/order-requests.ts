import type { Decision } from "../../model/passes/decision.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findOwnRejection } from "../../plan/policy/judge-decisions.ts";
import type { PullRequest } from "../forge/forge.ts";
import type { CallBudget } from "./spending.ts";

/** An open request, and its record once all its comments were answered. */
export interface Answered {
  readonly request: PullRequest;
  readonly answered: ReviewRecord;
  /** What is charged for the rest of its look; null: nothing. */
  readonly budget: CallBudget | null;
}

/** Where a budget is used up, each has its turn. */
export function longestUnreadFirst<Request>(
  all: readonly Request[],
  find: (request: Request) => Pick<ReviewRecord, "read"> | null,
): readonly Request[] {
  const readAt = new Map(all.map((request) => [request, find(request)?.read?.at ?? ""]));
  return all.toSorted((one, other) => ((readAt.get(one) ?? "") < (readAt.get(other) ?? "") ? -1 : 1));
}

/** Where comments wait for calls, each has its turn; else by number. `waiting`: names, longest first. */
export function longestWaitingFirst(answered: readonly Answered[], waiting: ReadonlySet<string>): readonly Answered[] {
  const places = new Map([...waiting].map((name, place) => [name, place]));
  const placeOf = ({ answered: record }: Answered) => places.get(nameRequest(record)) ?? places.size;
  const numberOf = ({ answered: { number } }: Answered) => number;
  return answered.toSorted((one, other) => placeOf(one) - placeOf(other) || numberOf(one) - numberOf(other));
}

/** What was rejected since its last look is not green any longer than it has to be: the plans of others may take long. */
export function rejectedFirst(answered: readonly Answered[], decisions: readonly Decision[]): readonly Answered[] {
  const isNews = ({ answered: record }: Answered) =>
    (findOwnRejection(decisions, nameRequest(record))?.seq ?? 0) > (record.decided ?? 0);
  return [...answered.filter(isNews), ...answered.filter((one) => !isNews(one))];
}
