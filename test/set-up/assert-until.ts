import fc from "fast-check";
import { expect } from "vitest";

/** Rounds that chance may take to draw what a property is about. */
const MOST_ROUNDS = 20;

/** Far enough from one seed to the next that rounds of neighbouring seeds share nothing. */
const SEED_STEP = 1_000_003;

/**
 * Asserts a property that is about few of the inputs that are drawn, in rounds of further seeds until it has seen enough of them: one round may
 * draw none by chance, and would show nothing.
 */
export async function assertUntil<T>(
  hasSeenEnough: () => boolean,
  property: fc.IAsyncPropertyWithHooks<T>,
  { numRuns, seed }: { readonly numRuns: number; readonly seed: number },
): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await fc.assert(property, { numRuns, seed: seed + round * SEED_STEP });
    if (hasSeenEnough()) return;
  }
  expect.fail(`${MOST_ROUNDS} rounds drew nothing that the property is about`);
}
