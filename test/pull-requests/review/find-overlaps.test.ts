import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import { moveReview, type ReviewEvent } from "../../../src/model/reviews/review-phase.ts";
import type { ReviewRecord } from "../../../src/model/reviews/review-record.ts";
import { findOverlaps, recordPlanned } from "../../../src/pull-requests/review/make-review.ts";
import { makeKeptPlan } from "../../store/make-kept-plan.ts";
import { makeReviewRecord } from "../../store/make-records.ts";

const CLOCK = { now: "2026-01-01T01:00:00.000Z", holdMs: 3_600_001 };
const APPLIED = { kind: "applied" } as const;
const MERGED = { by: "mona", commit: "c", at: "2026-01-01T00:00:00.000Z" };

function record(number: number, addresses: readonly Address[], ...events: readonly ReviewEvent[]): ReviewRecord {
  const about = { place: "gitea acme/pools on git.example.com", number, url: `https://git.example.com/${number}` };
  return events.reduce<ReviewRecord>(moveReview, makeReviewRecord({ ...about, addresses }));
}

/** As it is recorded once a plan of these changes was made. */
function recordMany(number: number, addresses: readonly Address[]): ReviewRecord {
  const { plan } = makeKeptPlan({ digest: "d".repeat(64) });
  const parts = { request: addresses, drift: [], both: [] };
  const found = { left: [], blocked: [], change: "", sealed_by: "", looked_at: 0 };
  return recordPlanned(record(number, []), {
    verdict: { kind: "planned", plan, parts, ...found },
    needsApproval: false,
  });
}

describe("a request", () => {
  const own = record(1, ["queue.a", "queue.b"]);

  test("overlaps with open ones that change the same objects, and with no other", () => {
    const others = [own, record(2, ["queue.b", "queue.c"]), record(3, ["queue.c"])];
    expect(findOverlaps(own, others, CLOCK)).toEqual([
      { number: 2, url: "https://git.example.com/2", addresses: ["queue.b"], holds: null },
    ]);
  });

  test("waits for a merged one with so many changes that not all are on record, whichever of the two has them", () => {
    const all = Array.from({ length: 400 }, (_, index): Address => `queue.of-many-${index}`);
    const many = recordMany(2, all);
    expect(many.addresses.length).toBeLessThan(all.length);
    const last = record(3, all.slice(-1));
    const merged = moveReview(many, { kind: "merged", merged: MERGED });
    expect(findOverlaps(last, [merged], CLOCK)).toMatchObject([{ number: 2, addresses: [], holds: { by: "mona" } }]);
    expect(findOverlaps(many, [moveReview(last, { kind: "merged", merged: MERGED })], CLOCK)).toHaveLength(1);
    expect(findOverlaps(last, [many], CLOCK)).toEqual([]);
    const few = recordMany(4, all.slice(0, 2));
    expect(few.addresses).toEqual(all.slice(0, 2));
    expect(findOverlaps(last, [moveReview(few, { kind: "merged", merged: MERGED })], CLOCK)).toEqual([]);
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
