import { describe, expect, test } from "vitest";
import { classifyChange, classifyChanges, exceeds } from "../../../src/model/plan/classify-changes.ts";
import type { Change, Grade, Plan } from "../../../src/model/plan/plan.ts";
import type { Step } from "../../../src/model/plan/step.ts";
import { change, planOf, step } from "./plan-of.ts";

const cases: readonly (readonly [string, Change, readonly Step[], Grade])[] = [
  [
    "what comes anew is a creation",
    change("cluster.a", { action: "create", before: null }),
    [step("cluster.a", "create")],
    "create",
  ],
  [
    "what is restored is a creation, brought up to date and activated on the way",
    change("queue.a", { before: null, action: "restore", action_reason: "deleted_record" }),
    [step("queue.a", "undelete"), step("queue.a", "update"), step("queue.a", "activate")],
    "create",
  ],
  ["what changes in place is an update", change("queue.a"), [step("queue.a", "update")], "update"],
  [
    "what comes into service is an update",
    change("queue.a", { before: { state: "drained" }, after: { state: "active" } }),
    [step("queue.a", "activate")],
    "update",
  ],
  [
    "settings that are set are an update",
    change("settings.acme", { before: { values: {} } }),
    [step("settings.acme", "update")],
    "update",
  ],
  [
    "what is taken out of service is above it",
    change("queue.a", { before: { state: "active" }, after: { state: "drained" } }),
    [step("queue.a", "drain")],
    "all",
  ],
  [
    "what comes anew out of service is above it, as it will be when the rest of it is planned again",
    change("queue.a", { action: "create", before: null, after: { state: "drained" } }),
    [step("queue.a", "create")],
    "all",
  ],
  [
    "an update that takes a queue out of service on the way is above it",
    change("queue.a"),
    [step("queue.a", "drain"), step("queue.a", "update"), step("queue.a", "activate")],
    "all",
  ],
  [
    "a move is above it",
    change("cluster.a", { action: "move", action_reason: "pool_differs", before: { pool: "p" }, after: { pool: "q" } }),
    [step("cluster.a", "move")],
    "all",
  ],
  [
    "a replacement is above it",
    change("cluster.a", { action: "replace", action_reason: "cannot_update" }),
    [step("cluster.a", "create"), step("cluster.a", "delete")],
    "all",
  ],
  [
    "a deletion is above it",
    change("execution_cluster_label.web", { action: "delete", after: null }),
    [step("execution_cluster_label.web", "delete")],
    "all",
  ],
  ["what is adopted as it is needs nothing", change("pool.a" as never, { action: "adopt" }), [], "none"],
];

function gradesOf(plan: Pick<Plan, "changes" | "steps">): ReadonlyMap<string, Grade> {
  return new Map(classifyChanges(plan).map(({ address, grade }) => [address, grade]));
}

describe("a change is graded by its effect", () => {
  test.each(cases)("%s", (_name, one, steps, grade) => {
    const plan = planOf({ changes: [one], steps });
    expect(classifyChange(one, steps).grade).toBe(grade);
    expect(gradesOf(plan).get(one.address)).toBe(grade);
  });

  test("steps of other addresses do not count", () => {
    const plan = planOf({
      changes: [change("queue.a")],
      steps: [step("queue.a", "update"), step("queue.b", "delete")],
    });
    expect(gradesOf(plan).get("queue.a")).toBe("update");
  });

  test("what is left of a replacement has no change of its own and is graded by its steps", () => {
    const old = step("cluster.a", "delete", { physical_name: "a-old" });
    expect(gradesOf(planOf({ steps: [old] })).get("cluster.a")).toBe("all");
  });
});

test("each grade lets through those before it", () => {
  expect(exceeds("create", "none")).toBe(true);
  expect(exceeds("create", "create")).toBe(false);
  expect(exceeds("update", "create")).toBe(true);
  expect(exceeds("all", "update")).toBe(true);
  expect(exceeds("all", "all")).toBe(false);
  expect(exceeds("none", "none")).toBe(false);
});
