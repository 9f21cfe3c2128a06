import { describe, expect, test } from "vitest";
import type { Review } from "../../src/model/review.ts";
import { makeAudit, makeReviewRecord, openRecords, PAST } from "./make-records.ts";

const REVIEW: Review = {
  ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
  ...{ verdict: { kind: "conflict", files: ["größer.yaml"] }, made_at: PAST, version: "0.0.0", page: null },
};

/** What is kept of pull requests, as tests that every database has to pass. */
export function describeReviews(database: string, makeLocation: () => Promise<string>): void {
  describe(`a review in ${database}`, () => {
    test("is there by target and number, with the last that was said", async () => {
      const records = await openRecords(await makeLocation());
      expect(await records.readReview("prod", 7)).toBeNull();
      await records.writeReview(makeReviewRecord(), REVIEW);
      await records.writeReview(makeReviewRecord({ comment: "13" }), null);
      expect(await records.readReview("prod", 7)).toEqual({
        record: makeReviewRecord({ comment: "13" }),
        review: REVIEW,
      });
      expect(await records.readReview("dev", 7)).toBeNull();
    });

    test("is listed by target and by repository until it is settled, by number", async () => {
      const records = await openRecords(await makeLocation());
      const other = makeReviewRecord({ target: "dev" });
      const elsewhere = makeReviewRecord({ target: "far", place: "github acme/pools on github.com" });
      const early = makeReviewRecord({ number: 2 });
      for (const record of [makeReviewRecord(), other, elsewhere, early]) await records.writeReview(record, REVIEW);
      await records.writeReview(makeReviewRecord({ number: 3, settled: true }), REVIEW);
      expect(await records.readReviews("prod")).toEqual([early, makeReviewRecord()]);
      expect(await records.readReviewsAt(other.place)).toEqual([early, other, makeReviewRecord()]);
      expect(await records.readReviewsOf(other.place, 7)).toEqual([other, makeReviewRecord()]);
      expect((await records.readReviewsOf(other.place, 3)).map(({ settled }) => settled)).toEqual([true]);
    });

    test("is written with the audit of what somebody did, or neither is", async () => {
      const records = await openRecords(await makeLocation());
      await records.writeReviewAct(makeReviewRecord(), makeAudit({ id: "taken" }));
      expect(await records.readReview("prod", 7)).toEqual({ record: makeReviewRecord(), review: null });
      const again = records.writeReviewAct(makeReviewRecord({ asked: true }), makeAudit({ id: "taken" }));
      await expect(again).rejects.toMatchObject({ code: "store_failed" });
      expect((await records.readReview("prod", 7))?.record.asked).toBe(false);
    });

    test("of which nothing was heard for long is removed", async () => {
      const records = await openRecords(await makeLocation());
      await records.writeReview(makeReviewRecord(), REVIEW);
      const later = makeReviewRecord({ number: 8, updated_at: "2026-11-01T00:00:00.000Z" });
      await records.writeReview(later, REVIEW);
      await records.prune("2026-10-01T00:00:00.000Z", 100);
      expect(await records.readReviews("prod")).toEqual([later]);
    });
  });
}
