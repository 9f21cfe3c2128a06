import { describe, expect, test } from "vitest";
import type { ReviewRecord } from "../../src/model/review-record.ts";
import { findOverlaps } from "../../src/pull-requests/make-review.ts";

const CLOCK = { now: "2026-01-01T01:00:00.000Z", holdMs: 3_600_001 };
const MERGED = { by: "mona", commit: "c", at: "2026-01-01T00:00:00.000Z" };

function record(number: number, addresses: readonly string[], more: Partial<ReviewRecord> = {}): ReviewRecord {
  const empty = { merged: null, outcome: null, unlocked: false, settled: false };
  return { number, url: `https://git.example.com/${number}`, addresses, ...empty, ...more } as ReviewRecord;
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
    const merged = [record(2, ["queue.a"], { merged: MERGED })];
    const [overlap] = findOverlaps(own, merged, CLOCK);
    expect(overlap?.holds).toEqual({ by: "mona", since: MERGED.at, until: "2026-01-01T01:00:00.001Z" });
    expect(findOverlaps(own, merged, { ...CLOCK, holdMs: 3_600_000 })).toEqual([]);
  });

  test.each([
    ["that somebody unlocked", { unlocked: true }],
    ["that was carried out", { outcome: { kind: "applied", by: "mona", revision: "c", at: MERGED.at } }],
    ["that nothing more is said of", { settled: true }],
  ] as const)("waits for no merged one %s", (_, more) => {
    expect(findOverlaps(own, [record(2, ["queue.a"], { merged: MERGED, ...more })], CLOCK)).toEqual([]);
  });
});
