/**
 * The attacker may open a request. With signs that have no picture, or whose picture is that of another sign, its comment would show another value
 * than a merge of it applies.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, Plan } from "../../src/model/plan/plan.ts";
import { showText } from "../../src/model/text/show-text.ts";
import { fitReview } from "../../src/report/review/render-review-comment.ts";
import { cleanText } from "../../src/report/text/markdown.ts";
import { readPlan } from "../report/read-plan.ts";
import { makeReview, planned } from "../report/review/build-reviews.ts";

const PLAN = readPlan("2026-07-cluster-changes-pool-while-work-runs");

/** Of private use, unassigned, no character at all, in place of what is missing, of a format; and spaces of other widths. */
const ALIKE = [
  ...["?", " ", "\ue000", "\ue001", "\u{f0000}", "\u{10fffd}", "\u0378", "\u0379", "\ufffe", "\uffff", "\u{1fffe}"],
  ...["\ufffc", "\ufffd", "\u0600", "\u06dd", "\ufff9", "\u00ad", "\u200b", "\u202e", "\u2028", "\u0000", "\u001b"],
  ...["\u00a0", "\u1680", "\u2000", "\u2007", "\u200a", "\u202f", "\u205f", "\u3000", "\u2800", "\u3164", "\ud800"],
];

type Place = (sign: string) => Pick<Change, "address" | "before" | "after">;

const PLACES: Readonly<Record<string, Place>> = {
  "a value": (sign) => ({ address: "settings.p", before: { labels: {} }, after: { labels: { a: `x${sign}y` } } }),
  "a former value": (sign) => ({ address: "settings.p", before: { note: `x${sign}y` }, after: { note: "z" } }),
  "a long value": (sign) => ({
    ...{ address: "settings.p", before: { note: `${"x".repeat(900)}1` } },
    after: { note: `${"x".repeat(900)}${sign}` },
  }),
  "an entry of a list": (sign) => ({
    address: "queue.q",
    before: { clusters: ["a"] },
    after: { clusters: [`x${sign}y`] },
  }),
  "the name of an entry": (sign) => ({
    ...{ address: "settings.p", before: { labels: {} } },
    after: { labels: { [`x${sign}y`]: "1" } },
  }),
  "the name of an object": (sign) => ({ address: `queue.x${sign}y`, before: { depth: 1 }, after: { depth: 2 } }),
  "a line of a file": (sign) => ({
    ...{ address: "flyte_clusters.f", before: { files: { f: "a\n" } } },
    after: { files: { f: `a\nx${sign}y\n` } },
  }),
};

function comment(place: Place, sign: string): string {
  const change: Change = {
    ...{ physical_name: "p", previous_physical_name: null, action: "update", replace_paths: [] },
    ...{ action_reason: "differs", origin: "commit", ...place(sign) },
  } as const;
  const plan: Plan = { ...PLAN, changes: [{ ...change, physical_name: "p" }], steps: [], routing: [] };
  const { text, isWhole } = fitReview(makeReview(planned(plan)), { maxLength: 65_536 });
  expect(isWhole).toBe(true);
  return text;
}

test.each(Object.entries(PLACES))("no two signs that look alike make the same comment in %s", (_where, place) => {
  const comments = ALIKE.map((sign) => comment(place, sign));
  expect(new Set(comments).size).toBe(ALIKE.length);
});

test("values that differ in any one sign have different comments", () => {
  const sign = fc.oneof(fc.constantFrom(...ALIKE), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(PLACES)), sign, sign, (where, one, other) => {
      fc.pre(one !== other && !/[\r\n]/.test(one + other));
      const place = PLACES[where] ?? expect.unreachable();
      expect(comment(place, one)).not.toBe(comment(place, other));
    }),
    { numRuns: 400 },
  );
});

test("what a comment shows otherwise than it is is an escape before, wherever a plan is shown", () => {
  for (let first = 0; first <= 0x10ffff; first += 256) {
    const points = Array.from({ length: 256 }, (_, at) => String.fromCodePoint(first + at));
    const shown = showText(points.filter((sign) => sign !== "\n" && sign !== "\t").join(""));
    expect(cleanText(shown)).toBe(shown);
    expect(shown).not.toMatch(/(?! )\p{Zs}/u);
  }
});

test("words of people keep their spaces of any width, and picture signs", () => {
  expect(cleanText("全角　空白\u00a0!")).toBe("全角　空白\u00a0!");
  expect(cleanText("⚠️ mind")).toBe("⚠️ mind");
});
