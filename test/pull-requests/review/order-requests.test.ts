import { expect, test } from "vitest";
import { nameRequest } from "../../../src/model/reviews/name-request.ts";
import { type Answered, longestWaitingFirst } from "../../../src/pull-requests/review/order-requests.ts";
import { makeReviewRecord } from "../../store/make-records.ts";

test("requests whose comments wait for calls come first, those that have waited longest before the others", () => {
  const answered = [1, 2, 3, 4].map((number) => ({ answered: makeReviewRecord({ number }) }) as Answered);
  const nameOf = (number: number) => nameRequest(makeReviewRecord({ number }));
  const order = (waiting: readonly number[]) =>
    longestWaitingFirst(answered, new Set(waiting.map(nameOf))).map(({ answered: { number } }) => number);
  expect(order([])).toEqual([1, 2, 3, 4]);
  expect(order([4, 2])).toEqual([4, 2, 1, 3]);
});
