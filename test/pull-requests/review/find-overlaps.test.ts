import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import { moveReview, type ReviewEvent } from "../../../src/model/reviews/review-phase.ts";
import type { ReviewRecord } from "../../../src/model/reviews/review-record.ts";
import { findOverlaps } from "../../../src/pull-requests/review/make-review.ts";
import { makeReviewRecord } from "../../store/make-records.ts";

const CLOCK = { now: "2026-01-01T01:00:00.000Z", holdMs: 3_600_001 };
const APPLIED = { kind: "applied" } as const;
const MERGED = { by: "mona", commit: "c", at: "2026-01-01T00:00:00.000Z" };

function record(number: number, addresses: readonly Address[], ...events: readonly ReviewEvent[]): ReviewRecord {
  const about = { place: "gitea acme/pools on git.example.com", number, url: `https://git.example.com/${number}` };
  return events.reduce<ReviewRecord>(moveReview, makeReviewRecord({ ...about, addresses }));
}

describe("a request", () => {
  const own = record(1, ["queue.a", "queue.b"]);

  test("overlaps with open ones that change the same objects, and with no other", () => {
    const others = [own, record(2, ["queue.b", "queue.c"]), record(3, ["queue.c"])];
    expect(findOverlaps(own, others, CLOCK)).toEqual([
      { number: 2, url: "https://git.example.com/2", addresses: ["queue.b"], holds: null },
    ]);
  });

  test("waits for a merged one until its time is over", () => {
    const merged = [record(2, ["queue.a"], { kind: "merged", merged: MERGED })];
    const [overlap] = findOverlaps(own, merged, CLOCK);
    expect(overlap?.holds).toEqual({ by: "mona", since: MERGED.at, until: "2026-01-01T01:00:00.001Z" });
    expect(findOverlaps(own, merged, { ...CLOCK, holdMs: 3_600_000 })).toEqual([]);
  });

  test.each([
    ["that somebody unlocked", { kind: "unlocked" }],
    ["that was carried out", { kind: "followed", outcome: { ...APPLIED, by: "mona", revision: "c", at: MERGED.at } }],
    ["that nothing more is said of", { kind: "settled" }],
  ] as const)("waits for no merged one %s", (_, event) => {
    const merged = record(2, ["queue.a"], { kind: "merged", merged: MERGED }, event);
    expect(findOverlaps(own, [merged], CLOCK)).toEqual([]);
  });
});
