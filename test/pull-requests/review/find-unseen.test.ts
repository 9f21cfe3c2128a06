import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PublishedReview } from "../../../src/model/reviews/review-record.ts";
import { explainUnseen } from "../../../src/pull-requests/review/find-unseen.ts";

const HEAD = "a".repeat(40);
const DIGEST = "1".repeat(64);
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const shown = (second: number, change: Partial<PublishedReview> = {}): PublishedReview => ({
  ...{ head: HEAD, digest: DIGEST, restored: 0, at: at(second) },
  ...change,
});
const explain = (published: readonly PublishedReview[], second: number, asked = DIGEST) =>
  explainUnseen({ published, head: HEAD }, { created_at: at(second) }, { asked, current: DIGEST });

describe("an approval by comment", () => {
  test("is of the plan that stood when it was written", () => {
    expect(explain([shown(10)], 11)).toBeNull();
    expect(explain([shown(10)], 9)).toMatch(/before the current plan was published/);
  });

  test("of the very second in which the plan came to stand counts where its digest was never shown before", () => {
    expect(explain([shown(10)], 10)).toBeNull();
    expect(explain([shown(5, { digest: "2".repeat(64) }), shown(10)], 10)).toBeNull();
    expect(explain([shown(5), shown(7, { digest: null }), shown(10)], 10)).toMatch(/before/);
  });

  test("is none where nothing was shown, another commit, or another plan", () => {
    for (const published of [[], [shown(10, { head: "b".repeat(40) })], [shown(10, { digest: null })]]) {
      expect(explain(published, 20)).toMatch(/was not published here yet/);
    }
  });

  test("is none while the altered comment was not restored", () => {
    const altered = { how: "edited", by: null, times: 1 } as const;
    const record = { published: [shown(10)], head: HEAD, altered };
    const given = { asked: DIGEST, current: DIGEST };
    expect(explainUnseen(record, { created_at: at(20) }, given)).toMatch(/had been altered/);
    const restored = { ...record, published: [shown(10), shown(15, { restored: 1 })] };
    expect(explainUnseen(restored, { created_at: at(20) }, given)).toBeNull();
  });

  test("names the digest by more than what an earlier plan begins with, too", () => {
    const twin = `${"1".repeat(32)}${"2".repeat(32)}`;
    const asked = DIGEST.slice(0, 32);
    expect(explain([shown(5, { digest: twin }), shown(10)], 20, asked)).toMatch(/begins with the same digits/);
    expect(explain([shown(5, { digest: twin }), shown(10)], 20)).toBeNull();
  });

  test("that is older than the newest review never counts, whatever was shown before", () => {
    const review = fc.record({ second: fc.nat(29), digest: fc.constantFrom(DIGEST, "2".repeat(64), null) });
    fc.assert(
      fc.property(fc.array(review), fc.nat(59), (former, written) => {
        const published = [...former.map(({ second, digest }) => shown(second, { digest })), shown(30)];
        const reason = explain(published, written);
        expect(reason === null).toBe(
          written > 30 || (written === 30 && former.every(({ digest }) => digest !== DIGEST)),
        );
      }),
    );
  });
});
