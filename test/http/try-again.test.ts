import { expect, test } from "vitest";
import { defaultDelay } from "../../src/http/try-again.ts";

test("pauses double from 200 ms to 10 s, less a random half, and the server's wish counts up to a minute", () => {
  for (const [attempt, longest] of [
    [1, 200],
    [2, 400],
    [5, 3_200],
    [20, 10_000],
  ] as const) {
    const pause = defaultDelay(attempt, null);
    expect(pause).toBeGreaterThanOrEqual(longest / 2);
    expect(pause).toBeLessThanOrEqual(longest);
  }
  expect(defaultDelay(1, 3_000)).toBe(3_000);
  expect(defaultDelay(1, 86_400_000)).toBe(60_000);
});
