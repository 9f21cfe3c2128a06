import fc from "fast-check";
import { expect, test } from "vitest";
import type { Review, ReviewOutcome } from "../../../src/model/reviews/review.ts";
import { hashChange } from "../../../src/pull-requests/review/find-change.ts";
import { findShownChange, nextShownPlan } from "../../../src/pull-requests/review/shown-plan.ts";
import type { SourceFiles } from "../../../src/reconcile/source/source.ts";
import { LEFT, makeReviewRecord } from "../../store/make-records.ts";

type Contents = Readonly<Record<string, string>>;

/** Few names and contents, so that files are often the same. */
const CONTENTS: fc.Arbitrary<Contents> = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2", "3"));

const filesOf = (contents: Contents): SourceFiles => ({
  files: Object.entries(contents).map(([path, blob]) => ({ path, blob, text: blob })),
  diagnostics: [],
});

/** What a merge of a head gives that began at `root`: null where both changed a file in different ways. */
function merge(root: Contents, base: Contents, head: Contents): Contents | null {
  const merged: Record<string, string> = {};
  for (const path of ["a", "b", "c"]) {
    const [was, ours, theirs] = [root[path], base[path], head[path]];
    if (ours !== was && theirs !== was && ours !== theirs) return null;
    const is = theirs === was ? ours : theirs;
    if (is !== undefined) merged[path] = is;
  }
  return merged;
}

test("a merge has the hash of a shown plan only where each of its files was shown with the content before and after", () => {
  fc.assert(
    fc.property(CONTENTS, CONTENTS, CONTENTS, CONTENTS, (root, head, base, onto) => {
      const [planned, merged] = [merge(root, base, head), merge(root, onto, head)];
      if (planned === null || merged === null) return;
      const shown = hashChange(filesOf(base), filesOf(planned));
      const changed = ["a", "b", "c"].filter((path) => onto[path] !== merged[path]);
      const isSame = hashChange(filesOf(onto), filesOf(merged)) === shown;
      if (isSame)
        expect(changed.every((path) => base[path] === onto[path] && planned[path] === merged[path])).toBe(true);
      expect(shown === null).toBe(["a", "b", "c"].every((path) => base[path] === planned[path]));
    }),
    { numRuns: 2000 },
  );
});

const REVIEW = { head: "h", base: "b", outcome: null } as unknown as Review;
const PLANNED = { kind: "planned", change: "x" } as unknown as Review["verdict"];
const BEFORE = { head: "h", change: "before" };

test.each([
  [PLANNED, { head: "h", change: "x" }],
  [{ kind: "unconcerned" }, null],
  [{ kind: "invalid", diagnostics: [] }, null],
  [{ kind: "conflict", files: [] }, null],
  [{ kind: "skipped", reason: "draft" }, null],
  [{ kind: "skipped", reason: "label", passes: true }, null],
  [{ kind: "failed", code: "x", message: "x" }, BEFORE],
] as const)("the verdict %j of an open request shows %j", (verdict, shown) => {
  expect(nextShownPlan(BEFORE, { ...REVIEW, verdict })).toEqual(shown);
});

test("a plan without what it changes in the manifests, as an older release made it, shows nothing", () => {
  const { change: _change, ...older } = PLANNED as { readonly kind: "planned"; readonly change: string };
  expect(nextShownPlan(BEFORE, { ...REVIEW, verdict: older as Review["verdict"] })).toBeNull();
  expect(findShownChange(makeReviewRecord({ head: "h" }))).toBeNull();
});

test.each(["merged", "waiting", "held", "applied", "failed"] as const)("what was shown stays once it is %s", (kind) => {
  const outcome = { kind } as unknown as ReviewOutcome;
  expect(nextShownPlan(BEFORE, { ...REVIEW, verdict: PLANNED, outcome })).toEqual(BEFORE);
});

test("neither a closed request nor another commit than the planned one has a shown plan", () => {
  const outcome = { kind: "closed" } as const;
  expect(nextShownPlan(BEFORE, { ...REVIEW, verdict: PLANNED, outcome })).toBeNull();
  expect(findShownChange(makeReviewRecord({ head: "h", shown_plan: BEFORE }, LEFT))).toBeNull();
  expect(findShownChange(makeReviewRecord({ head: "other", shown_plan: BEFORE }))).toBeNull();
  expect(findShownChange(makeReviewRecord({ head: "h", shown_plan: BEFORE }))).toBe("before");
});
