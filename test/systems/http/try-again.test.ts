import { expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { createWriteRetries, defaultDelay } from "../../../src/systems/http/try-again.ts";

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

test("the pause before another try of a write ends when the signal is aborted, and there is no other try", async () => {
  const ending = new AbortController();
  let calls = 0;
  // A pause of an hour, in the middle of which it ends.
  const delayMs = () => {
    setImmediate(() => ending.abort());
    return 3_600_000;
  };
  const tryAgain = createWriteRetries({ delayMs }, () => true, ending.signal);
  const writing = tryAgain(async () => {
    calls += 1;
    throw new OperationalError("unreachable", "It is away.", { next: "retry" });
  });
  await expect(writing).rejects.toMatchObject({ code: "ended_early" });
  expect(calls).toBe(1);
});
