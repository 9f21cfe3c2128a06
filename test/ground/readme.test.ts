import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** The first fenced block of the README without a language. */
function shownPlan(): string {
  const match = /\n```\n(poolkeeper will do[\s\S]*?)```\n/.exec(readFileSync(join(ROOT, "README.md"), "utf8"));
  return match?.[1] ?? "";
}

test("the plan that the README shows is one that the planner made", () => {
  const made = readFileSync(join(ROOT, "test/plan/cases/readme-cluster-changes-pool/plan.txt"), "utf8");
  const withoutDigest = made.replace(/\ndigest [\s\S]*$/, "\n");
  expect(shownPlan()).toBe(withoutDigest);
});
