import { describe, expect, test } from "vitest";
import type { Change, Plan } from "../../../src/model/plan/plan.ts";
import type { Review } from "../../../src/model/reviews/review.ts";
import { fitReview, renderReviewComment } from "../../../src/report/review/render-review-comment.ts";
import { readPlan } from "../read-plan.ts";
import { makeReview, planned, REVIEWS } from "./build-reviews.ts";
import { findBrokenMarkup } from "./find-broken-markup.ts";
import { cycleHostile, spoilReviews } from "./spoil-review.ts";

/** Room for every count that the line on what is left out may hold. */
const SMALL = 1_200;
const SIZES = [SMALL, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000, 8_000, 12_345, 20_000, 65_536];

const HUGE = { maxLength: 10_000_000 };

const REPLACED = readPlan("2026-07-cluster-changes-pool-while-work-runs");

/** A plan of as many objects, of which every `nth` is destroyed; half of the rest is drift. */
function makeLarge(size: number, nth: number): Review {
  const changes = Array.from({ length: size }, (_, index): Change => {
    const isDestroyed = index % nth === 0;
    const spec = { cluster_pool: "cpu", clusters: ["edge", "core"], depth: index };
    return {
      address: `${index % 3 === 0 ? "cluster" : "queue"}.o${index}`,
      physical_name: `o${index}`,
      previous_physical_name: null,
      action: isDestroyed ? "delete" : "update",
      before: spec,
      after: isDestroyed ? null : { ...spec, depth: index + 1 },
      replace_paths: [],
      action_reason: isDestroyed ? "no_manifest" : "differs",
      origin: index % 2 === 0 ? "commit" : "drift",
    };
  });
  const destroy = changes.filter(({ after }) => after === null).length;
  const plan: Plan = {
    ...REPLACED,
    changes,
    routing: changes.map(({ physical_name }) => ({ queue: physical_name, before: ["edge"], after: ["core"] })),
    summary: { add: 0, change: size - destroy, replace: 0, destroy },
  };
  const drift = changes.filter(({ origin }) => origin === "drift").map(({ address }) => address);
  return makeReview(planned(plan, { drift }));
}

/** The objects of a large plan that a comment tells of, in full or in brief. */
function toldOf(comment: string, verdict: string): number {
  return comment.split("\n").filter((line) => /^(- `|[-!] )/.test(line) && line.includes(verdict)).length;
}

describe("a comment that would be too long", () => {
  test.each(SIZES)("stays within %i characters and whole, whatever it is about", (maxLength) => {
    const reviews = [
      ...Object.values(REVIEWS),
      ...spoilReviews(cycleHostile()).map((review) => ({ ...review, target: "production" })),
      makeLarge(300, 7),
      makeLarge(40, 2),
    ];
    for (const review of reviews) {
      const comment = renderReviewComment(review, { maxLength });
      expect(comment.length).toBeLessThanOrEqual(maxLength);
      expect(findBrokenMarkup(comment)).toEqual([]);
    }
  });

  test("shows what is destroyed before anything else, in brief where that is what it takes", () => {
    const comment = renderReviewComment(makeLarge(2_000, 5), { maxLength: 60_000 });
    expect(toldOf(comment, "will be destroyed")).toBe(400);
    expect(comment).toContain("destructive changes are shortened.");
    expect(comment).toContain("#### Existing drift: 800 to change, 200 to destroy");
  });

  test("counts the findings of a check that it leaves out", () => {
    const text = Array.from({ length: 90 }, (_, index) => `Queue q${index} would route nowhere.`).join("\n");
    const checks: Plan["checks"] = [{ name: "black-hole", status: "fail", message: text, addresses: [] }];
    const review = makeReview(planned({ ...REPLACED, checks }));
    const all = fitReview(review, HUGE);
    expect([all.text.match(/would route nowhere/g)?.length, all.isWhole]).toEqual([90, true]);
    const some = fitReview(review, { maxLength: 8_000 });
    const shown = some.text.match(/would route nowhere/g)?.length ?? 0;
    expect([some.text.includes(`${90 - shown} findings`), some.isWhole]).toEqual([true, false]);
  });

  test("says how many of which kind are left out, and where all of them are", () => {
    const comment = renderReviewComment(makeLarge(10_000, 5), { maxLength: 65_536 });
    const told = [toldOf(comment, "will be destroyed"), toldOf(comment, "will be updated")];
    const note = /Left out: (.*?)\. \*\*([\d,]+) of them destructive/.exec(comment);
    const count = (text = "") => Number(text.replaceAll(",", ""));
    const kinds = [...(note?.[1] ?? "").matchAll(/([\d,]+) (cluster|queue)s/g)].map(([, number]) => count(number));
    expect(kinds.reduce((sum, number) => sum + number, 0)).toBe(10_000 - (told[0] ?? 0) - (told[1] ?? 0));
    expect(count(note?.[2])).toBe(2_000 - (told[0] ?? 0));
    expect(comment).toContain("[The page](https://poolkeeper.example.com/targets/production) has everything.");
    expect(renderReviewComment({ ...makeLarge(10_000, 5), page: null }, { maxLength: 65_536 })).toContain(
      "`poolkeeper plan` shows everything.",
    );
  });

  test("uses the room that it has", () => {
    for (const nth of [2, 50, 20_000]) {
      expect(renderReviewComment(makeLarge(3_000, nth), { maxLength: 60_000 }).length).toBeGreaterThan(55_000);
    }
  });

  test("is told of ten thousand objects in less than a second", () => {
    const review = makeLarge(10_000, 5);
    const start = process.cpuUsage();
    renderReviewComment(review, { maxLength: 65_536 });
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1_000_000).toBeLessThan(1);
  });

  test("says that it shows the whole plan only where nothing is left out or cut", () => {
    for (const review of [makeLarge(3, 2), makeLarge(300, 7), ...Object.values(REVIEWS)]) {
      expect(fitReview(review, HUGE).isWhole).toBe(true);
      for (const maxLength of SIZES) {
        const { text, isWhole } = fitReview(review, { maxLength });
        if (isWhole) expect(text).toBe(fitReview(review, HUGE).text);
      }
    }
  });

  test("does not say so of what is left out", () => {
    expect(fitReview(makeLarge(300, 7), { maxLength: 20_000 }).isWhole).toBe(false);
  });

  test("is refused where not even its marker has room", () => {
    expect(() => renderReviewComment(makeLarge(1, 1), { maxLength: 20 })).toThrow("does not fit into 20 characters");
  });
});
