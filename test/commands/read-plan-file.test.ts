import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPlanFile } from "../../src/commands/read-plan-file.ts";
import type { Plan } from "../../src/model/plan.ts";
import { sealOf } from "../../src/plan/digest-plan.ts";
import { CASES, readPlan } from "../report/read-plan.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

function save(content: unknown): string {
  const file = join(makeTemporaryFolder(), "plan.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** A plan with some of its parts changed by someone who knows how it is sealed. */
function forge(change: (plan: Plan) => unknown): string {
  const forged = { ...readPlan("2026-07-cluster-changes-pool-while-work-runs") };
  const changed = { ...forged, ...(change(forged) as Partial<Plan>) };
  return save({ ...changed, seal: sealOf(changed) });
}

const inFirstStep = (fields: object) => (plan: Plan) => ({
  steps: plan.steps.map((step, index) => (index === 0 ? { ...step, ...fields } : step)),
});

describe("a saved plan", () => {
  test("of any situation is read as it was saved", () => {
    for (const situation of readdirSync(CASES)) {
      const plan = readPlan(situation);
      expect([situation, readPlanFile(save(plan))]).toEqual([situation, plan]);
    }
  });

  test("may hold fields that a later version of the format adds", () => {
    expect(readPlanFile(forge(() => ({ added: { later: true } })))).toMatchObject({ added: { later: true } });
  });

  test("may set the largest counts that a manifest can name", () => {
    const set = { run_concurrency: 2 ** 32 - 1, max_accelerators: { H100: Number.MAX_SAFE_INTEGER } };
    const step = { kind: "queue", op: "update", until: null, set };
    expect(readPlanFile(forge(inFirstStep(step))).steps[0]?.set).toEqual(set);
  });

  test("that was altered is stale, whatever became of its shape", () => {
    const plan = readPlan("2026-07-cluster-changes-pool-while-work-runs");
    for (const altered of [
      { ...plan, applyable: false },
      { ...plan, steps: "none" },
    ]) {
      expect(() => readPlanFile(save(altered))).toThrow(expect.objectContaining({ code: "stale_plan" }));
    }
  });

  test.each<[string, (plan: Plan) => unknown]>([
    ["steps that are no list", () => ({ steps: {} })],
    ["an unknown op", inFirstStep({ op: "format" })],
    ["an op that the kind lacks", inFirstStep({ op: "update", set: { pool: "gpu" } })],
    ["an address of no kind", inFirstStep({ address: "node.a" })],
    ["nothing to set", inFirstStep({ set: null })],
    ["a wrong field to set", inFirstStep({ set: { pool: 7 } })],
    ["a wait for nothing", inFirstStep({ op: "await", until: null })],
    ["a step that waits for itself", (plan) => inFirstStep({ after: [plan.steps[0]?.id] })(plan)],
    ["a step that waits for none there is", inFirstStep({ after: ["queue.a/create"] })],
    ["a step that is there twice", ({ steps }) => ({ steps: [...steps, ...steps] })],
    ["a name that a terminal would obey", inFirstStep({ physical_name: "a\u001b[2J" })],
    ["a change without actions", ({ changes }) => ({ changes: changes.map((change) => ({ ...change, actions: [] })) })],
    ["no target", () => ({ target: null })],
  ])("with %s is refused, though it is sealed", (_what, change) => {
    expect(() => readPlanFile(forge(change))).toThrow(expect.objectContaining({ code: "not_a_plan" }));
  });

  test("that is nested without end is refused", () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const file = save(`{"format_version":"1.0","seal":"x","changes":${deep}}`);
    expect(() => readPlanFile(file)).toThrow(expect.objectContaining({ code: "not_a_plan" }));
  });
});
