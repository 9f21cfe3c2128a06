import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostics/diagnostic.ts";
import { nameRequest } from "../../src/model/reviews/name-request.ts";
import type { Review, ReviewVerdict } from "../../src/model/reviews/review.ts";
import { LEFT, LITTLE_ROOM, makeReviewRecord, openRecords, PAST } from "./make-records.ts";

const makeReview = (verdict: ReviewVerdict): Review => ({
  ...{ target: "prod", head: "a".repeat(40), base: null, outcome: null, approval: "merge", approved: null },
  ...{ verdict, made_at: PAST, version: "0.0.0", page: null },
});

const LONG_PATH = `queues/${"ö".repeat(1_000)}.yaml`;

const makeInvalid = (errors: number): ReviewVerdict => {
  const error: Diagnostic = {
    ...{ severity: "error", code: "unknown-field", summary: "Unknown field", detail: "Remove it." },
    ...{ file: LONG_PATH, line: 1, column: 1, address: null },
  };
  return { kind: "invalid", diagnostics: Array.from({ length: errors }, (_, line) => ({ ...error, line: line + 1 })) };
};

/** How much the reviews of a target take, as tests that every database has to pass. */
export function describeReviewRoom(database: string, makeLocation: () => Promise<string>): void {
  const openLittle = async () => {
    const records = await openRecords(await makeLocation(), LITTLE_ROOM);
    const read = async (number: number) =>
      (await records.readReview("prod", nameRequest(makeReviewRecord({ number }))))?.review ?? null;
    const measure = async (numbers: number) => {
      let bytes = 0;
      for (let number = 1; number <= numbers; number += 1)
        bytes += Buffer.byteLength(JSON.stringify(await read(number)));
      return bytes;
    };
    return { records, read, measure };
  };

  describe(`reviews without a plan in ${database}`, () => {
    test("have no more room than plans: of errors the first few stay, and how many there were", async () => {
      const { records, read, measure } = await openLittle();
      for (let number = 1; number <= 12; number += 1)
        await records.writeReview(makeReviewRecord({ number }), makeReview(makeInvalid(200)));
      expect(await measure(12)).toBeLessThan(LITTLE_ROOM + 12 * 4_000);
      const verdict = (await read(12))?.verdict;
      if (verdict?.kind !== "invalid") return expect.fail(verdict?.kind);
      expect(verdict.diagnostics[0]).toMatchObject({ line: 1, file: expect.stringMatching(/^…ö+\.yaml$/) });
      expect(verdict.diagnostics.at(-1)).toMatchObject({
        code: "more-diagnostics",
        summary: expect.stringContaining("of 200 errors and warnings"),
      });
      expect((await read(1))?.verdict).toEqual(makeInvalid(200));
    });

    test.each<[string, ReviewVerdict]>([
      ["files in conflict", { kind: "conflict", files: Array.from({ length: 100 }, () => LONG_PATH) }],
      ["a message", { kind: "failed", code: "defect", message: "m".repeat(LITTLE_ROOM / 8) }],
      ["few errors", makeInvalid(4)],
    ])("have no more room than plans: %s", async (_, verdict) => {
      const { records, measure } = await openLittle();
      const review = makeReview(verdict);
      const count = Math.ceil((2 * LITTLE_ROOM) / JSON.stringify(review).length);
      for (let number = 1; number <= count; number += 1)
        await records.writeReview(makeReviewRecord({ number }), review);
      expect(await measure(count)).toBeLessThan(LITTLE_ROOM * 1.1 + count * 4_000);
    });

    test("take the room of ended requests first", async () => {
      const { records, read } = await openLittle();
      await records.writeReview(makeReviewRecord({ number: 1 }, LEFT), makeReview(makeInvalid(150)));
      for (const number of [2, 3])
        await records.writeReview(makeReviewRecord({ number }), makeReview(makeInvalid(220)));
      const count = async (number: number) => {
        const verdict = (await read(number))?.verdict;
        return verdict?.kind === "invalid" ? verdict.diagnostics.length : expect.fail(verdict?.kind);
      };
      expect([await count(2), await count(3)]).toEqual([220, 220]);
      expect(await count(1)).toBeLessThan(10);
    });
  });
}
