import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderReviewComment } from "../../../src/report/review/render-review-comment.ts";
import { readPlan } from "../read-plan.ts";
import { makeReview, planned, REVIEWS } from "./build-reviews.ts";

/** Where the comments are kept that somebody looked at. */
const GOLDEN = join(import.meta.dirname, "reviews");
const ROOM = { maxLength: 65_536 };

describe("what is said on a request", () => {
  test.each(Object.entries(REVIEWS))("%s is what it was when somebody looked at it", async (name, review) => {
    await expect(renderReviewComment(review, ROOM)).toMatchFileSnapshot(join(GOLDEN, `${name}.md`));
  });

  test("of a plan that changes nothing, a check that fails is not contradicted", () => {
    const failed = { name: "black-hole", status: "fail", message: "Lost.", addresses: ["queue.q"] } as const;
    const plan = { ...readPlan("2026-11-nothing-differs-and-nothing-is-planned"), checks: [failed], applyable: false };
    const text = renderReviewComment(makeReview(planned(plan)), ROOM);
    expect(text).toContain("**No changes, and a check fails.** ❌ **Blocked by `black-hole`**");
  });
});
