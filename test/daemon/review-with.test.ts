import { expect, test } from "vitest";
import { reviewWith } from "../../src/daemon/review-with.ts";
import { createMetrics } from "../../src/daemon/web/metrics/metrics.ts";
import type { ReviewRound } from "../../src/pull-requests/review-requests.ts";

const SOON = 10_000;
const MINUTE = 60_000;

/** When it is looked again after a round, and what is warned of. */
async function look(round: Partial<ReviewRound>) {
  const warned: string[] = [];
  const ignore = () => undefined;
  const log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: unknown, words: string) => void warned.push(words),
  };
  const againMs = await reviewWith(async () => ({ open: 1, unfinished: false, waits: false, ...round }), {
    ...{ target: "prod", metrics: createMetrics({ version: "0" }), publish: ignore, signal: AbortSignal.any([]) },
    log: {
      ...log,
      child: () => {
        throw new Error("No child is asked for.");
      },
    },
    ...{ records: { noteRequestsTrouble: async () => false }, confirm: async () => undefined },
  });
  return { againMs, warned: warned.length };
}

test.each<[string, Partial<ReviewRound>, { againMs: number | null; warned: number }]>([
  ["nothing is left", {}, { againMs: null, warned: 0 }],
  ["something was unknown", { unfinished: true }, { againMs: SOON, warned: 0 }],
  ["something was unknown and something waits", { unfinished: true, waits: true }, { againMs: SOON, warned: 0 }],
  ["something waits for calls of its own", { waits: true }, { againMs: MINUTE, warned: 0 }],
  ["the token has few calls left", { unfinished: true, low: true }, { againMs: MINUTE, warned: 0 }],
  ["something waits for calls of the token", { waits: true, low: true }, { againMs: MINUTE, warned: 1 }],
  ["the token has few calls left, and nothing waits", { low: true }, { againMs: null, warned: 0 }],
])("after a round in which %s, the next one is in %o", async (_, round, expected) => {
  expect(await look(round)).toEqual(expected);
});
