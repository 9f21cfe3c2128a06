import { describe, expect, test } from "vitest";
import type { Json } from "../../src/model/json/json.ts";
import type { Change, Plan } from "../../src/model/plan/plan.ts";
import { renderReviewComment } from "../../src/report/review/render-review-comment.ts";
import { readPlan } from "./read-plan.ts";
import { makeReview, planned } from "./review/build-reviews.ts";

const PLAN = readPlan("2026-07-cluster-changes-pool-while-work-runs");

/** The lines of the comment on a plan that changes one field. */
function comment(field: string, before: Json, after: Json): readonly string[] {
  const change: Change = {
    address: "queue.any",
    physical_name: "any",
    previous_physical_name: null,
    action: "update",
    before: { [field]: before },
    after: { [field]: after },
    replace_paths: [],
    action_reason: "differs",
    origin: "commit",
  };
  const plan: Plan = { ...PLAN, changes: [change], steps: [], routing: [] };
  return renderReviewComment(makeReview(planned(plan)), { maxLength: 65_536 }).split("\n");
}

const NAMES = Array.from({ length: 14 }, (_, index) => `cluster-in-europe-west-${index + 10}`);

describe("the diff of a comment", () => {
  test("says what comes into a long list and what goes", () => {
    const lines = comment("clusters", NAMES, [...NAMES.slice(0, 13), "edge"]);
    expect(lines).toContain("!     clusters: 14 -> 14 entries");
    expect(lines).toContain('-       "cluster-in-europe-west-23"');
    expect(lines).toContain('+       "edge"');
  });

  test("says that a long list has another order", () => {
    expect(comment("clusters", NAMES, NAMES.toReversed())).toContain(
      "!     clusters: 14 -> 14 entries, in another order",
    );
  });

  test("shows a long value from where it differs on, before and after", () => {
    const text = "a".repeat(2_000);
    const line = comment("note", `${text}one`, `${text}two`).find((one) => one.includes(" note = ")) ?? "";
    expect(line).toMatch(/^! {5}note = ….*one" -> ….*two" {2}# shortened$/);
    expect(line.length).toBeLessThanOrEqual(301);
    const cut = comment("note", `one${text}`, `two${text}`).find((one) => one.includes(" note = ")) ?? "";
    expect(cut).toMatch(/^! {5}note = "onea+"?… -> "twoa+"?… {2}# shortened$/);
  });

  test("shows all that differs in a long value, however long that is, where there is room", () => {
    const filler = "a".repeat(2_000);
    const [before, after] = [`one${filler}end`, `two${filler}--privileged${filler}`];
    const line = comment("note", before, after).find((one) => one.includes(" note = ")) ?? "";
    expect(line).toContain(`"${before}" -> "${after}"`);
    const short = comment("note", `${filler}1${filler}`, `${filler}2${filler}`).find((one) => one.includes(" note = "));
    expect(short).toMatch(/^! {5}note = …a{20}1a{20}… -> …a{20}2a{20}… {2}# shortened$/);
  });

  test("shows no half of a password where a value is shown from its middle on", () => {
    const url = (end: string) => `${"x ".repeat(400)}https://user:${"hunter".repeat(10)}${end}@host/`;
    expect(comment("note", url("one"), url("two")).join("\n")).not.toContain("hunter");
  });
});
