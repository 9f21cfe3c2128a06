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

test("of too many, half of those that were looked at stay, those first that wait longest, however many come after them", () => {
  const line = openQueueLine();
  const open = new Set(Array.from({ length: 300 }, (_, index) => index + 1));
  const planted = (text: string) => Array.from({ length: 199 }, (_, index) => car(index + 1, `${text}${index}`));
  const former = Array.from({ length: 60 }, (_, index) => car(241 + index, `former${index}`));
  chooseQueued(former, open, line);
  for (const { sha } of former) line.noteLook(sha);
  const choose = (text: string) => chooseQueued([...former, ...planted(text)], open, line);
  expect(choose("a").filter((one) => former.includes(one))).toEqual(former.slice(0, MOST_QUEUED / 2));
  for (const { sha } of former.slice(0, 20)) line.noteLook(sha);
  const again = choose("b");
  expect(again).toHaveLength(MOST_QUEUED);
  expect(again.filter((one) => former.includes(one))).toEqual([...former.slice(0, 10), ...former.slice(20)]);
  expect(former.every(({ sha }) => line.isListed(sha))).toBe(true);
  expect(chooseQueued([], open, line)).toEqual([]);
  expect(former.some(({ sha }) => line.isListed(sha))).toBe(false);
});
