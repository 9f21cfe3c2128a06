import { describe, expect, test } from "vitest";
import type { DriftConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { Sighting } from "../../../src/model/daemon/daemon-records.ts";
import { isShared, listPaths, withoutFields } from "../../../src/model/plan/field-origins.ts";
import type { Change, Check, Plan } from "../../../src/model/plan/plan.ts";
import type { Op } from "../../../src/model/plan/step.ts";
import { decideWhatRuns, type Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, situationOf } from "./situation-of.ts";

const BEFORE = { depth: 1, priority: "low" };
/** A commit sets the depth; somebody outside has changed the priority. */
const SHARED = change("queue.shared", {
  origin: "both",
  before: BEFORE,
  after: { depth: 2, priority: "high" },
  fields: [
    { path: ["depth"], origin: "commit" },
    { path: ["priority"], origin: "drift" },
  ],
});

/** What a pass decides: on a plan, and on the same without the fields that were changed outside. */
function situate(
  rest: Parameters<typeof situationOf>[0] = {},
  shared: Change = SHARED,
  ops: readonly Op[] = ["update"],
) {
  const steps = ops.map((op) => step(shared.address, op));
  const plan = planOf({ changes: [shared], steps });
  const lean = withoutFields(shared, "drift");
  const isIdle = listPaths(shared, "commit").length === 0;
  const leanPlan = planOf(isIdle ? {} : { changes: [lean], steps: [step(shared.address, "update")] });
  return situationOf({ plan, ...(isShared(shared) && { lean: leanPlan }), ...rest });
}
const decide = (...asked: Parameters<typeof situate>) => decideWhatRuns(situate(...asked));
const LEFT = { address: "queue.shared", of: "drift", paths: [["priority"]] };
const heldOf = ({ held }: ReturnType<typeof decideWhatRuns>) =>
  held.map(({ address, reason, fields }) => [address, reason, fields]);

describe("a change that a commit and somebody outside have a part in", () => {
  test.each([
    [{ action: "report" }, "drift_report"],
    [{ action: "propose" }, "drift_report"],
    [{ action: "off" }, "drift_off"],
    [{ action: "revert", sightings: 2 }, "drift_unconfirmed"],
  ] satisfies [Partial<DriftConfig>, string][])(
    "leaves alone what was changed outside, and carries out the rest: %j",
    (drift, reason) => {
      const decision = decide({ drift });
      expect(decision).toMatchObject({ run: "part", exclude: [], leave: [LEFT] });
      expect(heldOf(decision)).toEqual([["queue.shared", reason, ["priority"]]]);
      expect(decision.drift.holds.get("queue.shared")?.reason).toBe(reason);
      expect(decision.drift.alone).toEqual([]);
    },
  );

  test("is carried out as a whole where drift is undone", () => {
    const decision = decide({ drift: { action: "revert" } });
    expect(decision).toMatchObject({ run: "all", exclude: [], leave: [], held: [] });
    expect(decision.drift).toMatchObject({ addresses: ["queue.shared"], confirmed: ["queue.shared"], alone: [] });
  });

  test("is carried out as a whole where a check fails only as long as drift stays", () => {
    const { lean, ...situation } = situate({ drift: { action: "revert" } });
    const nowhere: Check = {
      name: "black-hole",
      status: "fail",
      message: "routes nowhere",
      addresses: ["queue.shared"],
    };
    const failing = lean && { ...lean, checks: [nowhere], applyable: false };
    const decided = (drift: Partial<DriftConfig>) =>
      decideWhatRuns({ ...situation, ...(failing && { lean: failing }), drift: { ...situation.drift, ...drift } });
    expect(decided({})).toMatchObject({ run: "all", blocked: [], held: [] });
    expect(decided({ action: "report" })).toMatchObject({ run: "none", blocked: [nowhere] });
  });

  test("goes on where a check fails only as long as drift stays, once that is let through by its name", () => {
    const { lean, ...situation } = situate({ drift: { action: "report" } });
    const nowhere: Check = { name: "black-hole", status: "fail", message: "nowhere", addresses: ["queue.shared"] };
    const shown: Check = { ...nowhere, status: "warn", beside_drift: true };
    const plan = { ...situation.plan, checks: [shown] };
    const approvals = [approve(plan, { overrides: ["black-hole"] })];
    const failing = { ...lean, checks: [nowhere], applyable: false } as Plan;
    expect(decideWhatRuns({ ...situation, plan, lean: failing })).toMatchObject({ run: "none", blocked: [nowhere] });
    expect(decideWhatRuns({ ...situation, plan, lean: failing, approvals })).toMatchObject({
      run: "part",
      blocked: [],
    });
    // By whom the plan was not made, as after a start.
    expect(decideWhatRuns({ ...situation, plan })).toMatchObject({ run: "none", blocked: [nowhere] });
    expect(decideWhatRuns({ ...situation, plan, approvals })).toMatchObject({ run: "part", blocked: [] });
  });

  test("counts the same drift on once the commit's field is carried out", () => {
    const first = decide({ drift: { action: "revert", sightings: 2 } });
    const alone = change("queue.shared", {
      origin: "drift",
      before: { depth: 2, priority: "low" },
      after: { depth: 2, priority: "high" },
    });
    const second = decide({ drift: { action: "revert", sightings: 2 }, sightings: first.sightings }, alone);
    expect(second.run).toBe("all");
    expect(second.sightings[0]).toMatchObject({ count: 2 } satisfies Partial<Sighting>);
  });

  test("waits in its commit's fields alone where these need an approval", () => {
    const rest = { unreviewed: [{ commit: "c0ffee", request: null, why: "nobody looked at it" }] };
    const decision = decide({ drift: { action: "revert" }, ...rest });
    expect(decision).toMatchObject({ run: "part", exclude: [], leave: [{ of: "commit", paths: [["depth"]] }] });
    expect(heldOf(decision)).toEqual([["queue.shared", "unreviewed", ["depth"]]]);
    expect(decision.drift).toMatchObject({ alone: ["queue.shared"] });
    expect([...decision.drift.holds]).toEqual([]);
    expect(decide({ drift: { action: "report" }, ...rest })).toMatchObject({ run: "none", exclude: [], leave: [] });
    // What its rollout has begun there would count as done.
    const begun = new Set(["queue.shared"]);
    expect(decide({ drift: { action: "revert" }, ...rest, begun })).toMatchObject({ run: "none", leave: [] });
  });

  test.each(["freeze", "window", "paused"] as const)("waits as a whole for what holds both: %s", (reason) => {
    const deny = { name: "w", kind: "deny", schedule: "0 11 * * *", duration_ms: 7_200_000, time_zone: "UTC" } as const;
    const pause = { id: "p", target: "prod", address: null, by: "ops", reason: "", at: "2026-06-01T11:00:00.000Z" };
    const rest: Partial<Record<typeof reason, Parameters<typeof situationOf>[0]>> = {
      freeze: { policy: { freeze: { reason: "x" } } },
      window: { policy: { windows: [deny] } },
      paused: { pauses: [{ ...pause, until: null }] },
    };
    const decision = decide({ drift: { action: "revert" }, ...rest[reason] });
    expect([decision.run, heldOf(decision)]).toEqual(["none", [["queue.shared", reason, undefined]]]);
  });

  test("needs for what was changed outside what undoing it would need alone", () => {
    const drained = change("cluster.a", {
      origin: "both",
      before: { state: "active", queue: { depth: 1 } },
      after: { state: "drained", queue: { depth: 2 } },
      fields: [
        { path: ["state"], origin: "drift" },
        { path: ["queue", "depth"], origin: "commit" },
      ],
    });
    const decideOn = (rest: Parameters<typeof situationOf>[0]) => decide(rest, drained, ["update", "drain"]);
    const revert = { action: "revert" } as const;
    expect(heldOf(decideOn({ drift: revert }))).toEqual([["cluster.a", "drift_destructive", ["state"]]]);
    const asking = decideOn({ drift: { ...revert, destructive: true } });
    expect([asking.run, heldOf(asking)]).toEqual(["part", [["cluster.a", "approval", ["state"]]]]);
    expect(decideOn({ drift: { ...revert, destructive: true }, policy: { auto_apply: "all" } }).run).toBe("all");
  });

  test("is undone as a whole under an approval of the plan that overrides drift", () => {
    const { plan } = situate();
    const approvals = [approve(plan, { overrides: ["drift_report"] })];
    const decision = decide({ drift: { action: "report" }, approvals });
    expect(decision).toMatchObject({
      run: "all",
      held: [],
      approved: ["queue.shared"],
      approval: { rollout: "opens" },
    });
    const plain = decide({ drift: { action: "report" }, approvals: [approve(plan)] });
    expect(plain).toMatchObject({ run: "part", leave: [LEFT] });
  });

  test("is not stopped by a check that fails only where what was changed outside is undone", () => {
    const check: Check = { name: "contract", status: "fail", message: "no", addresses: ["queue.shared"] };
    const { plan, lean }: Situation = situate();
    const failing: Plan = { ...plan, checks: [check], applyable: false };
    const decision = decideWhatRuns(situationOf({ plan: failing, ...(lean && { lean }), drift: { action: "revert" } }));
    expect(decision).toMatchObject({ run: "part", blocked: [], leave: [LEFT] });
    expect(heldOf(decision)).toEqual([["queue.shared", "check", ["priority"]]]);
  });

  test("is taken in where all that the commit asks for is there already", () => {
    const live = {
      ...SHARED,
      before: { ...BEFORE, depth: 2 },
      fields: [{ path: ["priority"], origin: "drift" }],
    } as const;
    expect(decide({ drift: { action: "report" } }, live)).toMatchObject({ run: "part", exclude: [], leave: [LEFT] });
    expect(decide({ drift: { action: "revert" } }, live)).toMatchObject({ run: "all", leave: [] });
    const frozen = decide({ drift: { action: "revert" }, policy: { freeze: { reason: "x" } } }, live);
    expect([frozen.leave, heldOf(frozen)]).toEqual([[LEFT], [["queue.shared", "freeze", ["priority"]]]]);
  });
});
