import { expect, test } from "vitest";
import { PLAN_SCHEMA } from "../../../src/cli/saved-plan/plan-schema.ts";
import { compileSchema } from "../../../src/manifests/yaml/compile-schema.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { planCase, SITUATIONS } from "../../plan/plan-case.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { homeIn } from "../run-program.ts";

const check = compileSchema(PLAN_SCHEMA);
const asJson = (plan: Plan): Plan => JSON.parse(JSON.stringify(plan));

test("every planned case is valid by the published schema", () => {
  for (const situation of SITUATIONS) {
    expect([situation, check(asJson(planCase(situation)))]).toEqual([situation, []]);
  }
});

test("a step whose fields are not those of its kind and op is not", () => {
  const plan = asJson(planCase("2026-11-two-clusters-of-one-queue-move-away"));
  const spoil = (change: object) => ({ ...plan, steps: [{ ...plan.steps[0], ...change }, ...plan.steps.slice(1)] });
  for (const change of [
    { kind: "cluster", op: "move", set: null },
    { kind: "cluster", op: "move", set: { clusters: ["*"] } },
    { kind: "queue", op: "create", set: { cluster_pool: "gpu" } },
    { kind: "cluster_pool", op: "drain", set: null },
    { op: "drain", until: "drained" },
    { phase: "some" },
  ]) {
    expect([change, check(spoil(change)).length > 0]).toEqual([change, true]);
  }
});

test("poolkeeper schema plan prints it", async () => {
  const folder = makeTemporaryFolder();
  const { code, stdout } = await runInProcess(["schema", "plan"], homeIn(folder), folder);
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse(JSON.stringify(PLAN_SCHEMA))]);
});
