import fc from "fast-check";
import { expect, test } from "vitest";
import { nextTryMs } from "../../src/daemon/next-try-ms.ts";

test("each failure in a row doubles the pause, up to five minutes", () => {
  expect([1, 2, 3, 6, 7, 1_000_000].map((failures) => nextTryMs(failures, 0))).toEqual([
    5_000, 10_000, 20_000, 160_000, 300_000, 300_000,
  ]);
});

test("chance takes off up to half of it", () => {
  expect(nextTryMs(2, 1)).toBe(5_000);
  expect(nextTryMs(2, 0.5)).toBe(7_500);
});

test("after no failure nothing is waited for", () => {
  expect(nextTryMs(0, 0.5)).toBe(0);
});

test("the server is never asked before it wants to be", () => {
  fc.assert(
    fc.property(
      fc.nat(2_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(10_000_000),
      (failures, random, retryAfter) => {
        expect(nextTryMs(failures, random, retryAfter)).toBeGreaterThanOrEqual(retryAfter);
        const pause = nextTryMs(failures, random);
        expect(Number.isInteger(pause) && pause >= 0 && pause <= 300_000).toBe(true);
      },
    ),
  );
});
