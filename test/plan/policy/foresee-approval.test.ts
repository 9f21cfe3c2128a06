import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pause } from "../../../src/model/daemon/daemon-records.ts";
import type { Check, Plan } from "../../../src/model/plan/plan.ts";
import { bindOverrides } from "../../../src/plan/policy/bind-overrides.ts";
import { decideWhatRuns, type Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import type { ApprovedPlan } from "../../../src/plan/policy/find-approval.ts";
import { findIdleOverrides, foreseeApproval } from "../../../src/plan/policy/foresee-approval.ts";
import { HOLD_OVERRIDES } from "../../../src/plan/policy/judge-holds.ts";
import { plans, situations } from "./arbitrary-situation.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, NOW, situationOf } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 300),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

const move = change("cluster.a", { action: "move", action_reason: "pool_differs" });
const drifted = change("queue.c", { origin: "drift" });
const plan = planOf({ changes: [move], steps: [step("cluster.a", "move")] });
const moveAndDrift = planOf({
  changes: [move, drifted],
  steps: [step("cluster.a", "move"), step("queue.c", "update")],
});
const driftAlone = planOf({ changes: [drifted], steps: [step("queue.c", "update")] });
const failing: Check = { name: "max-disruption-share", status: "fail", message: "Too much.", addresses: ["cluster.a"] };

/** Of what moves, until it is lifted. */
const pause: Pause = {
  ...{ id: "p", target: "prod", address: null, by: "ops", reason: "", at: NOW, until: null },
  address: "cluster.a",
};

function foresee(rest: Parameters<typeof situationOf>[0] = {}, overrides: readonly string[] = []) {
  const situation = situationOf({ plan, ...rest });
  return foreseeApproval(situation, approve(situation.plan, { overrides }));
}

const offersOf = (foresight: ReturnType<typeof foresee>) =>
  foresight.offers.map(({ name, addresses, needed }) => [name, [...addresses], needed]);

describe("an approval", () => {
  test("of what only waits for one runs", () => {
    expect(foresee()).toEqual({ kind: "runs", at: null, message: "", offers: [] });
  });

  test("of drift that is only reported needs that named, and runs with it", () => {
    const foresight = foresee({ plan: driftAlone });
    expect([foresight.kind, offersOf(foresight)]).toEqual(["held", [["drift", ["queue.c"], true]]]);
    expect(foresee({ plan: driftAlone }, ["drift"]).kind).toBe("runs");
    expect(foresee({ plan: driftAlone }, ["drift_report"]).kind).toBe("runs");
  });

  test("of a move beside drift runs, and may put the drift back as well", () => {
    const foresight = foresee({ plan: moveAndDrift });
    expect([foresight.kind, offersOf(foresight)]).toEqual(["runs", [["drift", ["queue.c"], false]]]);
  });

  describe("of what the last pass found to fail without something that is held", () => {
    const late = change("queue.late", { action: "create", before: null });
    const both = planOf({
      changes: [move, late],
      steps: [step("queue.late", "create"), step("cluster.a", "move")],
    });
    const checks = [{ ...failing, name: "black-hole", message: "Fails as long as …" }];
    const found = { plan: both, policy: { auto_apply: "none" }, rest: { without: ["cluster.a"], checks } } as const;

    test("lets nothing run while it is held, and says why", () => {
      expect(foresee({ ...found, rest: undefined as never, pauses: [pause] }).kind).toBe("runs");
      expect(foresee({ ...found, pauses: [pause] })).toMatchObject({ kind: "held", message: "Fails as long as …" });
      const at = "2026-06-01T09:00:00.000Z";
      expect(foresee({ ...found, pauses: [{ ...pause, at }] }, ["paused"]).kind).toBe("runs");
    });

    test("runs once it is not held any more, now or later", () => {
      expect(foresee(found).kind).toBe("runs");
      const until = new Date(Date.parse(NOW) + 60_000).toISOString();
      expect(foresee({ ...found, pauses: [{ ...pause, until }] })).toMatchObject({ kind: "later", at: until });
    });
  });

  test("under a freeze needs the freeze named, and what else holds it behind that", () => {
    const policy = { freeze: { reason: "year's end" } };
    expect(offersOf(foresee({ policy }))).toEqual([["freeze", ["cluster.a"], true]]);
    expect(offersOf(foresee({ policy, plan: driftAlone }))).toEqual([
      ["freeze", ["queue.c"], true],
      ["drift", ["queue.c"], true],
    ]);
    expect(foresee({ policy }, ["freeze"]).kind).toBe("runs");
  });

  test("of a plan that a check stops needs the check named", () => {
    const blocked = { ...plan, checks: [failing], applyable: false };
    const foresight = foresee({ plan: blocked });
    expect([foresight.kind, foresight.message, offersOf(foresight)]).toEqual([
      "held",
      "Too much.",
      [["max-disruption-share", ["cluster.a"], true]],
    ]);
    expect(foresee({ plan: blocked }, ["max-disruption-share"]).kind).toBe("runs");
  });

  test("is not offered to override a check where the control plane refuses, nor runs under it there", () => {
    const refused = { ...failing, addresses: ["cluster.a", "queue.theirs"], refused: ["cluster.a", "queue.theirs"] };
    const blocked = { ...plan, checks: [refused], applyable: false };
    for (const overrides of [[], ["max-disruption-share"]])
      expect(foresee({ plan: blocked }, overrides)).toMatchObject({ kind: "held", message: "Too much.", offers: [] });
    const beside = { ...moveAndDrift, checks: [refused], applyable: false };
    expect(foresee({ plan: beside, pauses: [pause] }).offers.map(({ name }) => name)).not.toContain(failing.name);
  });

  test("is told which overrides change nothing", () => {
    const idle = (changed: Partial<Situation>, overrides: readonly string[]) => {
      const situation = situationOf({ plan, ...changed });
      return findIdleOverrides(situation, approve(situation.plan, { overrides }));
    };
    const blocked = { ...plan, checks: [failing], applyable: false };
    const all = ["freeze", "window", "paused", "drift", "drift_contested", failing.name, "contract", "everything"];
    expect(idle({}, all)).toEqual(all);
    expect(idle({ plan: blocked }, all)).toEqual(all.filter((name) => name !== failing.name));
    const at = "2026-06-01T09:00:00.000Z";
    const pause = { id: "p", target: "prod", address: null, by: "ops", reason: "", at, until: null };
    expect(idle({ pauses: [pause] }, all)).toEqual(all.filter((name) => name !== "paused"));
    // The giver of an approval could know of no later pause.
    expect(idle({ pauses: [{ ...pause, at: NOW }] }, all)).toEqual(all);
  });

  test("is not asked to override a check of what is left out anyway", () => {
    const beside = { ...moveAndDrift, checks: [{ ...failing, addresses: ["queue.c"] }], applyable: false };
    expect(foresee({ plan: beside }).kind).toBe("runs");
  });

  test("while no window is open runs when one opens, and at once where that is named", () => {
    const window = {
      name: "w",
      kind: "deny",
      schedule: "0 11 * * *",
      duration_ms: 7_200_000,
      time_zone: "UTC",
    } as const;
    const foresight = foresee({ policy: { windows: [window] } });
    // The approval ends in the moment in which the window does.
    expect([foresight.kind, offersOf(foresight)]).toEqual(["held", [["window", ["cluster.a"], true]]]);
    const situation = situationOf({ plan, policy: { windows: [window] } });
    const longer = approve(plan, { expires_at: "2026-06-02T12:00:00.000Z" });
    expect(foreseeApproval(situation, longer)).toMatchObject({
      ...{ kind: "later", at: "2026-06-01T13:00:00.000Z" },
      offers: [{ name: "window", needed: false }],
    });
  });

  test("during a pause runs when it ends, where it ends by itself in time", () => {
    const pause = { id: "p", target: "prod", address: null, by: "ops", reason: "", at: NOW, until: null };
    expect(foresee({ pauses: [pause] }).kind).toBe("held");
    const until = "2026-06-01T12:30:00.000Z";
    expect(foresee({ pauses: [{ ...pause, until }] })).toMatchObject({ kind: "later", at: until });
  });

  test("of what runs by itself is idle, and of another plan stale", () => {
    const harmless = planOf({ changes: [change("queue.c")], steps: [step("queue.c", "update")] });
    expect(foresee({ plan: harmless }).kind).toBe("idle");
    const situation = situationOf({ plan });
    expect(foreseeApproval(situation, approve(driftAlone)).kind).toBe("stale");
  });

  test("does not run while the queue that it is of would send work to a cluster that is to leave, as that waits for another one", () => {
    const [pa, pb] = [
      { pool: "pa", state: "active" },
      { pool: "pb", state: "active" },
    ] as const;
    const queue = { cluster_pool: "pa", clusters: ["*"], state: "active" };
    const created = { action: "create", action_reason: "absent", before: null } as const;
    const coming = change("cluster.b", { action: "move", action_reason: "pool_differs", before: pb, after: pa });
    const leaving = change("cluster.a", { action: "delete", action_reason: "no_manifest", before: pa, after: null });
    const swap = planOf({
      changes: [leaving, coming, change("queue.c", { ...created, after: queue })],
      steps: [
        step("cluster.b", "move"),
        step("cluster.a", "delete", { after: ["cluster.b/move"] }),
        step("queue.c", "create"),
      ],
      routing: [{ queue: "c", before: null, after: ["b"] }],
    });
    const until = "2026-06-01T12:30:00.000Z";
    const pause = {
      id: "p",
      target: "prod",
      address: "cluster.b",
      by: "ops",
      reason: "",
      at: "2026-06-01T11:00:00.000Z",
      until,
    } as const;
    const policy = { auto_apply: "none" } as const;
    const all = ["cluster.a", "cluster.b", "queue.c"];
    expect(foresee({ plan: swap, policy, pauses: [pause] })).toMatchObject({
      ...{ kind: "later", at: until },
      offers: [{ name: "paused", addresses: all, needed: false }],
    });
    const forever = foresee({ plan: swap, policy, pauses: [{ ...pause, until: null }] });
    expect([forever.kind, offersOf(forever)]).toEqual(["held", [["paused", all, true]]]);
    expect(foresee({ plan: swap, policy, pauses: [pause] }, ["paused"]).kind).toBe("runs");
  });

  test("lets work be interrupted where the check of work in flight says that something with work is deleted", () => {
    const busyAt = (addresses: readonly string[]): Check => ({
      ...failing,
      name: "in-flight",
      status: "warn",
      addresses,
    });
    const removal = planOf({
      changes: [change("cluster.a", { action: "delete", after: null })],
      steps: [step("cluster.a", "await"), step("cluster.a", "delete")],
    });
    const busy = { ...removal, checks: [busyAt(["cluster.a", "cluster.b"])] };
    expect(foresee({ plan: busy }).offers).toEqual([{ name: "in-flight", addresses: ["cluster.a"], needed: false }]);
    expect(foresee({ plan: busy }, ["in-flight"])).toMatchObject({ kind: "runs", offers: [] });
    const allow = (approved: Plan) =>
      decideWhatRuns(situationOf({ plan: approved, approvals: [approve(approved, { overrides: ["in-flight"] })] }))
        .allow;
    expect(allow(busy)).toEqual([{ check: "in-flight", addresses: ["cluster.a"] }]);
    // Neither a move nor a delete without work is done otherwise.
    expect(allow({ ...plan, checks: [busyAt(["cluster.a"])] })).toEqual([]);
    expect(allow({ ...removal, checks: [busyAt(["cluster.b"])] })).toEqual([]);
    expect(foresee({ plan: { ...plan, checks: [busyAt(["cluster.a"])] } }).offers).toEqual([]);
  });
});

/** Situations with a would-be approval of the very plan, in which checks may fail. */
const asked: fc.Arbitrary<readonly [Situation, ApprovedPlan]> = fc
  .tuple(
    situations,
    fc.subarray([failing, { ...failing, name: "rule:x", addresses: [] }]),
    fc.subarray([...HOLD_OVERRIDES, "rule:x"], { maxLength: 2 }),
  )
  .map(([situation, checks, overrides]) => {
    const whole = { ...situation.plan, checks, applyable: checks.length === 0 };
    return [{ ...situation, plan: whole, approvals: [] }, approve(whole, { overrides })];
  });

function runsUnder(situation: Situation, { approval, plan: approved }: ApprovedPlan, overrides: readonly string[]) {
  const named = { plan: approved, approval: { ...approval, overrides } };
  const allowances = bindOverrides(named, situation.policy);
  const given = { plan: approved, approval: { ...named.approval, allowances } };
  const decision = decideWhatRuns({ ...situation, approvals: [given] });
  const held = new Set<string>(decision.held.map(({ address }) => address));
  const stops = situation.plan.checks.filter(
    ({ name, addresses }) =>
      !decision.allow.some((allowance) => typeof allowance !== "string" && allowance.check === name) &&
      (addresses.length === 0 || addresses.some((address) => !held.has(address))),
  );
  return decision.approval !== null && stops.length === 0;
}

test("what is foreseen to run does, and what is needed is enough and no more", () => {
  fc.assert(
    fc.property(asked, ([situation, approved]) => {
      const { kind, offers } = foreseeApproval(situation, approved);
      const given = approved.approval.overrides;
      expect(kind === "runs").toBe(runsUnder(situation, approved, given));
      const needed = offers.filter((offer) => offer.needed).map(({ name }) => name);
      if (kind !== "held") expect(needed).toEqual([]);
      if (kind === "stale" || needed.length === 0) return;
      expect(runsUnder(situation, approved, [...given, ...needed])).toBe(true);
      for (const name of needed) {
        const fewer = needed.filter((other) => other !== name);
        expect(runsUnder(situation, approved, [...given, ...fewer])).toBe(false);
      }
    }),
    SETTINGS,
  );
});

test("where nothing is offered, nothing would run with all overrides there are", () => {
  fc.assert(
    fc.property(asked, ([situation, approved]) => {
      const { kind, offers } = foreseeApproval(situation, approved);
      if (kind !== "held" || offers.length > 0) return;
      const names = [...HOLD_OVERRIDES, ...situation.plan.checks.map(({ name }) => name)];
      expect(runsUnder(situation, approved, names)).toBe(false);
    }),
    SETTINGS,
  );
});

test("drift elsewhere that is only reported voids no approval: the approved part runs, and nothing else", () => {
  fc.assert(
    fc.property(
      plans,
      fc.subarray(["queue.x", "queue.y", "cluster.z"] as const, { minLength: 1 }),
      (drawn, elsewhere) => {
        const own = drawn.changes.map((one) => ({ ...one, origin: "commit" as const }));
        const approved = planOf({ changes: own, steps: drawn.steps });
        const alone = decideWhatRuns(situationOf({ plan: approved, approvals: [approve(approved)] }));
        fc.pre(alone.approval !== null);
        const grown = planOf({
          changes: [...own, ...elsewhere.map((address) => change(address, { origin: "drift" }))],
          steps: [...drawn.steps, ...elsewhere.map((address) => step(address, "update"))],
        });
        const decision = decideWhatRuns(situationOf({ plan: grown, approvals: [approve(approved)] }));
        expect(decision.approval?.approval.id).toBe("a1");
        expect(decision.held.map(({ address }) => address)).toEqual([
          ...alone.held.map(({ address }) => address),
          ...elsewhere,
        ]);
        expect(foreseeApproval(situationOf({ plan: grown }), approve(approved)).kind).toBe("runs");
      },
    ),
    SETTINGS,
  );
});
