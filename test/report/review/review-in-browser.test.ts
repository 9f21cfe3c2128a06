import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Review } from "../../../src/model/reviews/review.ts";
import { renderReviewComment } from "../../../src/report/review/render-review-comment.ts";
import { openBrowser } from "../../set-up/open-browser.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { readPlan } from "../read-plan.ts";
import { makeReview, planned, REVIEWS } from "./build-reviews.ts";
import { keepComment, showComment } from "./review-page.ts";
import { cycleHostile, HOSTILE, spoilReviews } from "./spoil-review.ts";

const ROOM = { maxLength: 65_536 };
/** All that a comment is made of. */
const OWN_ELEMENTS = new Set(
  "a blockquote br code details h3 h4 li ol p pre span strong sub summary table tbody td th thead tr ul".split(" "),
);
const OWN_LINK = /^https:\/\/(poolkeeper|git)\.example\.com\//;

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 900, height: 600 }, colorScheme: "light" });
  page.setDefaultTimeout(PATIENCE_MS);
  // A picture or a script that somebody smuggled in would be asked for.
  await page.route("**/*", (route) => route.abort());
});
afterAll(async () => {
  await browser.close();
});

async function expectWhole(review: Review, options = ROOM): Promise<void> {
  const comment = renderReviewComment(review, options);
  const found = await showComment(page, comment);
  const lines = comment.split("\n");
  expect(found.elements.filter((name) => !OWN_ELEMENTS.has(name))).toEqual([]);
  expect(found.links.filter((href) => !OWN_LINK.test(href))).toEqual([]);
  expect(found.attributes).toEqual([]);
  expect(found.broken).toBe(false);
  const folds = lines.filter((line) => line.startsWith("<details><summary>"));
  expect(found.folds).toEqual(folds.map(() => ({ summaries: 1, inner: 0 })));
  expect(found.fences).toBe(lines.filter((line) => /^`{3,}diff$/.test(line)).length);
  const rows = lines.filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  expect(found.tables.flat()).toHaveLength(rows.length);
  for (const table of found.tables) expect(new Set(table).size).toBe(1);
  expect(found.footer, "the small print stands outside of everything").toBe("body");
}

describe("in a browser", () => {
  test.each(Object.entries(REVIEWS))("%s is whole, and of its own elements alone", async (name, review) => {
    await expectWhole(review);
    await keepComment(page, name);
  });

  test("with every fold open, and in the dark, it is still readable", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await expectWhole(REVIEWS["planned-overlaps"] ?? makeReview({ kind: "unconcerned" }));
    await keepComment(page, "planned-overlaps-open-dark", { open: true });
    await page.emulateMedia({ colorScheme: "light" });
  });

  test("what has no room leaves whole what is there", async () => {
    const review = makeReview(planned(readPlan("2026-11-too-much-is-disrupted-at-once-and-it-is-blocked")));
    for (let maxLength = 2_800; maxLength < 6_000; maxLength += 400) await expectWhole(review, { maxLength });
    await expectWhole(review, { maxLength: 3_600 });
    await keepComment(page, "cut");
  });

  test("no text from outside becomes an element, a link or a row, wherever it stands", async () => {
    for (const start of HOSTILE.keys()) {
      for (const review of spoilReviews(cycleHostile(start))) await expectWhole({ ...review, page: null });
    }
    for (const [index, review] of spoilReviews(cycleHostile()).entries()) {
      await expectWhole({ ...review, page: null });
      await keepComment(page, `hostile-${index}`, { open: true });
    }
  });
});
