import { expect, test } from "vitest";
import { decideWhatRuns } from "../../src/policy/decide-what-runs.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, situationOf } from "./situation-of.ts";

test("smoke", () => {
  const plan = planOf({
    changes: [
      change("cluster.east", { actions: ["delete"], before: { pool: "prod" }, after: null }),
      change("queue.fast"),
    ],
    steps: [step("cluster.east", "delete"), step("queue.fast", "update")],
  });
  expect(decideWhatRuns(situationOf({ plan }))).toMatchObject({ run: "part", exclude: ["cluster.east"] });
  expect(decideWhatRuns(situationOf({ plan, approvals: [approve(plan)] }))).toMatchObject({ run: "all", exclude: [] });
});
