import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PublishedReview } from "../../../src/model/reviews/review-record.ts";
import { listStood } from "../../../src/pull-requests/commands/find-rejected.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const shown = (digest: string, second: number, change: Partial<PublishedReview> = {}): PublishedReview => ({
  ...{ head: "a".repeat(40), digest, restored: 0, at: at(second) },
  ...change,
});
const stood = (published: readonly PublishedReview[], second: number) =>
  listStood(published, at(second)).map(({ digest }) => digest);

describe("a rejection that names no plan", () => {
  const published = [shown("a", 10), shown("b", 20), shown("c", 30)];

  test("is of the review that stood when it was written, whatever was shown before it was read", () => {
    expect([stood(published, 9), stood(published, 11), stood(published, 29), stood(published, 59)]).toEqual([
      [],
      ["a"],
      ["b"],
      ["c"],
    ]);
  });

  test("is of both where it was written in the second in which one took the place of the other", () => {
    expect(stood(published, 20)).toEqual(["a", "b"]);
    expect(stood([...published, shown("d", 30)], 30)).toEqual(["b", "c", "d"]);
  });

  test("is of a review since it was written first, though it may have been altered and set back since", () => {
    expect(stood([shown("a", 10), shown("b", 40, { from: at(20) })], 25)).toEqual(["b"]);
  });

  test("is of one at least from the first review on", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), fc.nat(59), (seconds, written) => {
        const sorted = seconds.toSorted((one, other) => one - other);
        const found = stood(
          sorted.map((second, index) => shown(`${index}`, second)),
          written,
        );
        expect(found.length > 0).toBe(written >= (sorted[0] ?? 0));
      }),
    );
  });
});
