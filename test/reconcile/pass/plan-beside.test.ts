import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { decideWhatRuns, type Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import { judgeApart } from "../../../src/reconcile/pass/plan-beside.ts";
import { change, planOf, step } from "../../plan/policy/plan-of.ts";
import { approve, situationOf } from "../../plan/policy/situation-of.ts";

const PAUSE = { id: "p", target: "prod", by: "ops", reason: "", at: "2026-06-01T09:00:00.000Z", until: null } as const;

describe.each(["max-disruption-share", "rule:few-deletes"])(
  "where %s fails, and part of the plan is paused",
  (name) => {
    const gone = ["cluster.c3", "queue.a", "queue.b"] as const;
    const plan = planOf({
      changes: gone.map((address) => change(address, { action: "delete" })),
      steps: gone.map((address) => step(address, "delete")),
      checks: [{ name, status: "fail", message: "Too much.", addresses: name.startsWith("rule:") ? [] : gone }],
      applyable: false,
    });
    /** Without what is paused nothing fails. */
    const makeRest = async (): Promise<Plan> => planOf({ changes: plan.changes.slice(1), steps: plan.steps.slice(1) });
    const decide = async (situation: Situation) => decideWhatRuns(await judgeApart(situation, makeRest));
    const pause = (...addresses: readonly (typeof gone)[number][]) =>
      addresses.map((address) => ({ ...PAUSE, address }));

    test("the paused changes count, and an approval without the override lets nothing run", async () => {
      const situation = situationOf({ plan, pauses: pause("cluster.c3") });
      expect(await decide(situation)).toMatchObject({ run: "none", blocked: [{ name }] });
      const plain = situationOf({ plan, pauses: pause("cluster.c3"), approvals: [approve(plan)] });
      expect(await decide(plain)).toMatchObject({ run: "none", blocked: [{ name }], approval: null });
    });

    test("an approval with the override lets run what is not paused", async () => {
      const approvals = [approve(plan, { overrides: [name] })];
      const { run, exclude, blocked } = await decide(situationOf({ plan, pauses: pause("cluster.c3"), approvals }));
      expect([run, exclude, blocked]).toEqual(["part", ["cluster.c3"], []]);
    });

    test("the pauses alone are shown where they hold all of it", async () => {
      const { run, blocked, held } = await decide(situationOf({ plan, pauses: pause(...gone) }));
      expect([run, blocked, held.map(({ reason }) => reason)]).toEqual(["none", [], ["paused", "paused", "paused"]]);
    });
  },
);
