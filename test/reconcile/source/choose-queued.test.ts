import { expect, test } from "vitest";
import { chooseQueued, MOST_QUEUED } from "../../../src/reconcile/source/choose-queued.ts";

const car = (number: number, sha: string) => ({ number, sha });

test("a queue's commits are those of open requests, by number, each once", () => {
  const listed = [car(7, "b"), car(9, "c"), car(2, "a"), car(7, "a"), car(3, "d")];
  expect(chooseQueued(listed, new Set([2, 7, 3]))).toEqual([car(2, "a"), car(3, "d"), car(7, "b")]);
  expect(chooseQueued(listed, new Set())).toEqual([]);
});

test("of too many, each request has as many, whatever its number", () => {
  const of = (number: number, many: number) =>
    Array.from({ length: many }, (_, index) => car(number, `${number}-${String(index).padStart(3, "0")}`));
  const chosen = chooseQueued([...of(1, 500), ...of(2, 500), ...of(900, 3)], new Set([1, 2, 900]));
  const count = (number: number) => chosen.filter((one) => one.number === number).length;
  expect(chosen).toHaveLength(MOST_QUEUED);
  expect([count(1), count(2), count(900)]).toEqual([49, 48, 3]);
});
