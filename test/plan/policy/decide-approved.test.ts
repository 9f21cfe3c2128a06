import { describe, expect, test } from "vitest";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { approved, decide, deletion, pause, plan, revert, update } from "./decide-graded-plan.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, situationOf } from "./situation-of.ts";

describe("an approval", () => {
  test("opens a rollout, and a running one goes on", () => {
    expect(decide(approved()).approval).toMatchObject({ approval: { id: "a1" }, rollout: "opens" });
    expect(decide(approved({ state: "running" })).approval?.rollout).toBe("goes_on");
  });

  test("is not used up by what runs without it", () => {
    const harmless = planOf({ changes: [update], steps: [step("queue.fast", "update")] });
    expect(decide({ plan: harmless, ...approved({}, harmless) })).toMatchObject({ run: "all", approval: null });
  });

  test("is not used up where nothing runs, or where what was approved is paused", () => {
    expect(decide({ ...approved(), policy: { freeze: { reason: "x" } } }).approval).toBeNull();
    expect(decide({ ...approved(), pauses: [pause("cluster.old")] }).approval).toBeNull();
  });

  test("is used where its override is what lets a harmless plan run", () => {
    const harmless = planOf({ changes: [update], steps: [step("queue.fast", "update")] });
    const decision = decide({
      plan: harmless,
      policy: { freeze: { reason: "x" } },
      ...approved({ overrides: ["freeze"] }, harmless),
    });
    expect(decision).toMatchObject({ run: "all", approval: { rollout: "opens" } });
  });

  test("lets through the checks that it names, and only while something runs under it", () => {
    const overrides = ["window", "max-disruption-share", "in-flight"];
    const busy = { name: "in-flight", status: "warn", message: "", addresses: ["cluster.old"] } as const;
    const large = { name: "max-disruption-share", status: "fail", message: "", addresses: ["cluster.old"] } as const;
    const warned = { ...large, name: "black-hole", addresses: ["queue.fast", "queue.new"], failing: ["queue.fast"] };
    const whole = { ...plan, checks: [large, warned, busy] };
    const given = approved({ overrides }, whole);
    expect(decide(given).allow).toEqual([
      { check: "max-disruption-share", addresses: ["cluster.old"] },
      { check: "in-flight", addresses: ["cluster.old"] },
    ]);
    expect(decide(approved({ overrides: ["black-hole"] }, whole)).allow).toEqual([
      { check: "black-hole", addresses: ["queue.fast"] },
    ]);
    // What did not fail when it was approved is not let through when it does.
    expect(decide(approved({ overrides: ["ownership"] }, whole)).allow).toEqual([]);
    expect(decide(approved({ overrides, allowances: [] }, whole)).allow).toEqual([]);
    expect(decide({ ...given, policy: { freeze: { reason: "x" } } }).allow).toEqual([]);
    expect(decide({}).allow).toEqual([]);
  });

  test("that is running is chosen over another that is open", () => {
    const approvals = [approve(plan, { id: "open" }), approve(plan, { id: "running", state: "running" })];
    expect(decide({ approvals }).approval?.approval.id).toBe("running");
  });

  test("of this very plan is chosen over one that it is a remainder of", () => {
    const larger = planOf({
      changes: [...plan.changes, change("queue.gone", { action: "delete", after: null })],
      steps: [...plan.steps, step("queue.gone", "delete")],
    });
    const approvals = [approve(larger, { id: "larger" }), approve(plan, { id: "same" })];
    expect(decide({ approvals }).approval?.approval.id).toBe("same");
  });
});

describe("under a rollout that is running, a deletion that someone has undone meanwhile", () => {
  const others = change("queue.gone", { action: "delete", after: null });
  const steps = [step("cluster.old", "delete"), step("queue.gone", "delete")];
  const rollout = planOf({ changes: [deletion, others], steps });
  const undone = planOf({ changes: [{ ...deletion, origin: "drift" }], steps: steps.slice(0, 1) });
  const drift = { ...revert, destructive: true };

  test("is not made again under the approval, though it was approved", () => {
    const { run, held } = decide({ plan: undone, drift, approvals: [approve(rollout, { state: "running" })] });
    expect(run).toBe("none");
    expect(held.map(({ reason }) => reason)).toEqual(["approval"]);
  });

  test("is made where it undid a drift when it was approved", () => {
    const knowing = planOf({ changes: [{ ...deletion, origin: "drift" }, others], steps });
    const { run } = decide({ plan: undone, drift, approvals: [approve(knowing, { state: "running" })] });
    expect(run).toBe("all");
  });
});

test("an approval counts for what was changed outside when the rest of its plan has run by itself meanwhile", () => {
  const drifted = change("cluster.east", {
    ...{ origin: "drift", action: "move", action_reason: "pool_differs" },
    ...{ before: { pool: "dev" }, after: { pool: "prod" } },
  });
  const move = step("cluster.east", "move", { set: { pool: "prod" } });
  const approved = planOf({
    changes: [drifted, change("queue.fast")],
    steps: [move, step("queue.fast", "update")],
  });
  const plan = planOf({ changes: [drifted], steps: [move] });
  const drift = { action: "revert", destructive: true } as const;
  const decision = decideWhatRuns(situationOf({ plan, drift, approvals: [approve(approved)] }));
  expect(decision).toMatchObject({ run: "all", held: [], approval: { rollout: "opens" } });
});

test("an approval that overrides a failed check counts for a plan that would need none otherwise", () => {
  const check = { name: "black-hole", status: "fail", message: "", addresses: [] } as const;
  const plan = planOf({
    changes: [change("queue.fast")],
    steps: [step("queue.fast", "update")],
    checks: [check],
    applyable: false,
  });
  const decide = (overrides: readonly string[]) =>
    decideWhatRuns(situationOf({ plan, approvals: [approve(plan, { overrides })] }));
  expect(decide(["black-hole"])).toMatchObject({
    run: "all",
    allow: [{ check: "black-hole", addresses: [] }],
    approval: { rollout: "opens" },
  });
  expect(decide(["cascade"])).toMatchObject({ run: "none", blocked: [check], allow: [], approval: null });
});

test("a move that was carried out and undone outside is not made again under its approval, though the plan has the same digest", () => {
  const moved = (origin: "commit" | "drift") => {
    const rest = {
      origin,
      action: "move",
      action_reason: "pool_differs",
      before: { pool: "dev" },
      after: { pool: "prod" },
    } as const;
    const move = step("cluster.east", "move", { set: { pool: "prod" } });
    return planOf({ changes: [change("cluster.east", rest)], steps: [move] });
  };
  const drift = { action: "revert", destructive: true } as const;
  const decide = (origin: "commit" | "drift") =>
    decideWhatRuns(
      situationOf({ plan: moved(origin), drift, approvals: [approve(moved("commit"), { state: "running" })] }),
    );
  expect(moved("drift").digest).toBe(moved("commit").digest);
  expect(decide("commit")).toMatchObject({ run: "all", approval: { rollout: "goes_on" } });
  expect(decide("drift")).toMatchObject({ run: "none", held: [{ reason: "approval" }] });
});
