import { expect, test } from "vitest";
import { backOff } from "../../../src/model/errors/back-off.ts";

test("pauses double from the first to the longest, however often it was tried, and chance takes off up to half", () => {
  const pauses = { first: 100, longest: 1_000 };
  expect([0, 1, 2, 3, 4, 5, 5_000].map((tries) => backOff(pauses, tries))).toEqual([
    100, 100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect([0, 0.5, 1].map((random) => backOff(pauses, 2, random))).toEqual([200, 150, 100]);
});
