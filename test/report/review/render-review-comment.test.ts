import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderReviewComment } from "../../../src/report/review/render-review-comment.ts";
import { REVIEWS } from "./build-reviews.ts";

/** Where the comments are kept that somebody looked at. */
const GOLDEN = join(import.meta.dirname, "reviews");
const ROOM = { maxLength: 65_536 };

describe("what is said on a request", () => {
  test.each(Object.entries(REVIEWS))("%s is what it was when somebody looked at it", async (name, review) => {
    await expect(renderReviewComment(review, ROOM)).toMatchFileSnapshot(join(GOLDEN, `${name}.md`));
  });
});
