import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
/** Stands in the README for lines that are left out. */
const LEFT_OUT = "...\n";

/** The fenced block of the README that begins as a plan does. */
function shownPlan(): string {
  const match = /\n```\n(poolkeeper will do[\s\S]*?)```\n/.exec(readFileSync(join(ROOT, "README.md"), "utf8"));
  return match?.[1] ?? "";
}

test("the plan that the README shows is one that the planner made, but for what it says is left out", () => {
  const made = readFileSync(join(ROOT, "test/plan/cases/readme-cluster-changes-pool/plan.txt"), "utf8");
  const [beginning = "", end = ""] = shownPlan().split(LEFT_OUT);
  const withoutDigest = made.replace(/\ndigest [\s\S]*$/, "\n");
  expect(beginning.length).toBeGreaterThan(500);
  expect(withoutDigest.slice(0, beginning.length)).toBe(beginning);
  expect(withoutDigest.trimEnd().slice(-end.trimEnd().length)).toBe(end.trimEnd());
});
