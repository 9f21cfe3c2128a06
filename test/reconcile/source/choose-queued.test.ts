import { expect, test } from "vitest";
import { chooseQueued, MOST_QUEUED } from "../../../src/reconcile/source/choose-queued.ts";
import { openQueueLine } from "../../../src/reconcile/source/queue-line.ts";

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

test("of too many, those come first that came before the others, and those last that were looked at", () => {
  const line = openQueueLine();
  const open = new Set(Array.from({ length: 200 }, (_, index) => index + 1));
  const own = car(200, "f");
  const planted = (numbers: number, text: string) =>
    Array.from({ length: numbers }, (_, index) => car(index + 1, `${text}${index}`));
  const choose = (...listed: readonly { number: number; sha: string }[]) => chooseQueued(listed, open, line);
  const before = [...planted(199, "a"), car(200, "b"), car(200, "c")];
  choose(...before);
  expect(choose(...before, own)).not.toContainEqual(own);
  for (const { sha } of before) line.noteLook(sha);
  expect(choose(...before, own, ...planted(199, "0"), car(200, "0"))).toContainEqual(own);
  line.noteLook(own.sha);
  expect(choose(...before, own, ...planted(199, "0"), car(200, "0"))).not.toContainEqual(own);
});
