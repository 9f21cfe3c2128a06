import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { decideWhatRuns } from "../../src/policy/decide-what-runs.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, NOW, situationOf } from "./situation-of.ts";

describe("a check that fails", () => {
  const move = change("cluster.east", { action_reason: "move" });
  const drifted = change("queue.by-hand", { origin: "drift" });
  const failAt = (...addresses: readonly string[]) =>
    ({ name: "max-disruption-share", status: "fail", message: "Too much.", addresses }) as const;
  const planWith = (...addresses: readonly string[]) =>
    planOf({
      changes: [move, drifted, change("queue.fast")],
      steps: [step("cluster.east", "move"), step("queue.by-hand", "update"), step("queue.fast", "update")],
      checks: [failAt(...addresses)],
      applyable: false,
    });
  const decide = (plan: Plan, rest: Parameters<typeof situationOf>[0] = {}) =>
    decideWhatRuns(situationOf({ plan, drift: { action: "report" }, ...rest }));

  test("at what waits for an approval holds what would run by itself, too", () => {
    const { run, blocked, exclude, held } = decide(planWith("cluster.east"));
    expect([run, exclude, blocked]).toEqual(["none", [], [failAt("cluster.east")]]);
    expect(held.map(({ address, reason }) => [address, reason])).toEqual([
      ["cluster.east", "approval"],
      ["queue.by-hand", "drift_report"],
      ["queue.fast", "check"],
    ]);
  });

  test("at what is paused holds all of the plan", () => {
    const pause = {
      id: "p",
      target: "prod",
      address: "cluster.east",
      by: "ops",
      reason: "",
      at: NOW,
      until: null,
    } as const;
    expect(decide(planWith("cluster.east"), { pauses: [pause] })).toMatchObject({ run: "none" });
  });

  test("only at what stays as it was changed outside holds nothing else", () => {
    const { run, blocked, exclude } = decide(planWith("queue.by-hand"));
    expect([run, exclude, blocked]).toEqual(["part", ["cluster.east", "queue.by-hand"], []]);
  });

  test("at what was changed outside and is undone, or at something else as well, holds all of it", () => {
    expect(decide(planWith("queue.by-hand"), { drift: { action: "revert" } })).toMatchObject({ run: "none" });
    expect(decide(planWith("queue.by-hand", "cluster.east"))).toMatchObject({ run: "none" });
    expect(decide(planWith())).toMatchObject({ run: "none" });
  });

  test("where more breaks than was shown is let through by no approval, and none is used up by it", () => {
    const planFor = (...concerns: readonly string[]) =>
      planOf({
        changes: [drifted, change("queue.fast")],
        steps: [step("queue.by-hand", "update"), step("queue.fast", "update")],
        checks: [{ ...failAt("queue.by-hand"), concerns }],
        applyable: false,
      });
    const approvals = [approve(planFor("cluster.shown"), { overrides: ["max-disruption-share"] })];
    expect(decide(planFor("cluster.shown"), { approvals }).approval).not.toBeNull();
    expect(decide(planFor("cluster.shown", "cluster.later"), { approvals })).toMatchObject({
      ...{ run: "part", exclude: ["queue.by-hand"], approval: null, allow: [] },
    });
  });

  test("that an approval overrides holds nothing, also while something else holds the plan", () => {
    const plan = planWith("cluster.east");
    const approvals = [approve(plan, { overrides: ["max-disruption-share"] })];
    expect(decide(plan, { approvals })).toMatchObject({ run: "part", blocked: [], exclude: ["queue.by-hand"] });
    const frozen = decide(plan, { approvals, policy: { freeze: { reason: "x" } } });
    expect([frozen.run, frozen.blocked, frozen.held.map(({ reason }) => reason)]).toEqual([
      "none",
      [],
      ["freeze", "freeze", "freeze"],
    ]);
  });
});
