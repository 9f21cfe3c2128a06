import fc from "fast-check";
import { expect, test } from "vitest";
import { GRADES } from "../../src/config/daemon-config.ts";
import type { Address } from "../../src/model/address.ts";
import type { ApprovalState } from "../../src/model/daemon-records.ts";
import type { Change, Op, Plan } from "../../src/model/plan.ts";
import { type Decision, decideWhatRuns, type Situation } from "../../src/policy/decide-what-runs.ts";
import { exceeds, gradePlan } from "../../src/policy/grade-plan.ts";
import { findBeside } from "../../src/policy/is-remainder.ts";
import { isDrift } from "../../src/policy/judge-drift.ts";
import { HOLD_OVERRIDES } from "../../src/policy/judge-holds.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, DRIFT, NOW, POLICY } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 500),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const ADDRESSES = ["cluster.a", "cluster.b", "queue.c", "queue.d", "queue.e"] as const;

/** What may be planned for one object: its change and the op of its step. */
const SHAPES: readonly (readonly [Partial<Change>, Op | null])[] = [
  [{ actions: ["create"], before: null, action_reason: "absent" }, "create"],
  [{}, "update"],
  [{ after: { depth: 3 } }, "update"],
  [{ actions: ["delete"], after: null, action_reason: "delete_because_no_manifest" }, "delete"],
  [{ after: { state: "drained" } }, "drain"],
  [{ actions: ["no-op"], action_reason: "adopt" }, null],
];

const plans: fc.Arbitrary<Plan> = fc
  .array(
    fc.record({
      address: fc.constantFrom(...ADDRESSES),
      shape: fc.nat(SHAPES.length - 1),
      origin: fc.constantFrom<Change["origin"]>("commit", "drift", "both", "unknown"),
      restsOn: fc.option(fc.constantFrom(...ADDRESSES), { nil: null }),
    }),
    { maxLength: 5 },
  )
  .map((drawn) => {
    const chosen = [...new Map(drawn.map((one) => [one.address, one])).values()];
    const steps = chosen.flatMap(({ address, shape, restsOn }, index) => {
      const op = SHAPES[shape]?.[1] ?? null;
      const isBefore = chosen.slice(0, index).find((other) => other.address === restsOn);
      const before = isBefore === undefined ? null : SHAPES[isBefore.shape]?.[1];
      const after = before === null || before === undefined ? [] : [`${restsOn}/${before}`];
      return op === null ? [] : [step(address, op, { after })];
    });
    const changes = chosen.map(({ address, shape, origin }) => change(address, { ...SHAPES[shape]?.[0], origin }));
    return planOf({ changes, steps });
  });

const situations: fc.Arbitrary<Situation> = fc
  .record({
    plan: plans,
    approved: fc.array(
      fc.record({
        other: fc.option(plans, { nil: null }),
        state: fc.constantFrom<ApprovalState>("open", "running", "done", "expired", "superseded", "rejected"),
        revision: fc.constantFrom("c0ffee", "beef"),
        overrides: fc.subarray([...HOLD_OVERRIDES, "max-disruption-share"]),
      }),
      { maxLength: 2 },
    ),
    auto_apply: fc.constantFrom(...GRADES),
    frozen: fc.boolean(),
    closed: fc.boolean(),
    windowOpenedRollout: fc.boolean(),
    action: fc.constantFrom("off" as const, "report" as const, "revert" as const),
    destructive: fc.boolean(),
    sightings: fc.constantFrom(1, 2),
    paused: fc.subarray<Address | null>([null, ...ADDRESSES], { maxLength: 2 }),
    appliedRevision: fc.constantFrom(null, "c0ffee"),
    contested: fc.subarray([...ADDRESSES]),
  })
  .map((drawn) => ({
    plan: drawn.plan,
    approvals: drawn.approved.map(({ other, ...rest }, index) =>
      approve(other ?? drawn.plan, { id: `a${index}`, ...rest }),
    ),
    policy: {
      ...POLICY,
      auto_apply: drawn.auto_apply,
      freeze: drawn.frozen ? { reason: "year's end" } : null,
      windows: drawn.closed ? [CLOSED] : [],
    },
    drift: { ...DRIFT, action: drawn.action, destructive: drawn.destructive, sightings: drawn.sightings },
    pauses: drawn.paused.map((address) => ({ ...PAUSE, address })),
    sightings: [],
    contests: drawn.contested.map((address) => ({ address, reverted_at: [NOW], held_since: NOW, changed_by: null })),
    appliedRevision: drawn.appliedRevision,
    windowOpenedRollout: drawn.windowOpenedRollout,
    now: NOW,
  }));

const CLOSED = { name: "w", kind: "deny", schedule: "0 11 * * *", duration_ms: 7_200_000, time_zone: "UTC" } as const;
const PAUSE = { id: "p", target: "prod", by: "ops", reason: "", at: NOW, until: null };

/** The addresses at which something is written by a decision. */
function listRunning({ plan }: Situation, { run, held }: Decision): ReadonlySet<Address> {
  const left = new Set(held.map(({ address }) => address));
  const writes = [...gradePlan(plan)].filter(([, grade]) => grade !== "none").map(([address]) => address);
  return new Set(run === "none" ? [] : writes.filter((address) => !left.has(address)));
}

/** Tries a property on random situations. */
function hold(property: (situation: Situation, decision: Decision, running: ReadonlySet<Address>) => void): () => void {
  return () =>
    fc.assert(
      fc.property(situations, (situation) => {
        const decision = decideWhatRuns(situation);
        property(situation, decision, listRunning(situation, decision));
      }),
      SETTINGS,
    );
}

test(
  "nothing above the grade ever runs without an approval that holds it",
  hold(({ plan, policy, approvals }, { approval }, running) => {
    const grades = gradePlan(plan);
    for (const address of running) {
      if (!exceeds(grades.get(address) ?? "none", policy.auto_apply)) continue;
      const under = approvals.find(({ approval: { id } }) => id === approval?.approval.id);
      expect(under, address).toBeDefined();
      if (under === undefined) continue;
      expect(["open", "running"]).toContain(under.approval.state);
      if (under.approval.digest === plan.digest) continue;
      expect(under.approval.revision).toBe(plan.revision);
      expect(findBeside(plan, under.plan, (at) => at === address)).toEqual([]);
    }
  }),
);

test(
  "what a commit asks for is never held because someone else contests an object",
  hold((situation, _decision, running) => {
    const { plan, appliedRevision } = situation;
    const peaceful = { ...situation, contests: [] };
    for (const address of listRunning(peaceful, decideWhatRuns(peaceful))) {
      const change = plan.changes.find((one) => one.address === address);
      if (change !== undefined && !isDrift(change, plan.revision, appliedRevision)) expect(running).toContain(address);
    }
  }),
);

test(
  "what is paused never runs, unless an approval overrides it",
  hold(({ pauses }, { approval }, running) => {
    if (approval?.approval.overrides.includes("paused")) return;
    for (const { address } of pauses) {
      if (address === null) expect([...running]).toEqual([]);
      else expect(running).not.toContain(address);
    }
  }),
);

test(
  "nothing runs while the target is frozen, unless an approval overrides it",
  hold(({ policy }, { approval }, running) => {
    if (policy.freeze === null || approval?.approval.overrides.includes("freeze")) return;
    expect([...running]).toEqual([]);
  }),
);

test(
  "what was changed outside is not undone where it is only reported, unless an approval overrides it",
  hold(({ plan, drift }, { approval }, running) => {
    const overrides = approval?.approval.overrides ?? [];
    if (drift.action === "revert" || overrides.some((name) => name.startsWith("drift"))) return;
    for (const { address, origin } of plan.changes) if (origin === "drift") expect(running).not.toContain(address);
  }),
);

test(
  "what rests on something held does not run",
  hold(({ plan }, _decision, running) => {
    const owner = new Map(plan.steps.map(({ id, address }) => [id, address]));
    for (const { address, after } of plan.steps) {
      if (running.has(address)) for (const id of after) expect(running).toContain(owner.get(id));
    }
  }),
);

test(
  "every change that writes either runs or is held with a reason, and never both",
  hold(({ plan }, { held }, running) => {
    const writes = [...gradePlan(plan)].filter(([, grade]) => grade !== "none").map(([address]) => address);
    const told = [...running, ...held.map(({ address }) => address)].sort();
    expect(told).toEqual([...writes].sort());
  }),
);

test("adding an override never holds more", () => {
  fc.assert(
    fc.property(situations, fc.constantFrom(...HOLD_OVERRIDES), (situation, override) => {
      const more = situation.approvals.map(({ approval, plan }) => ({
        plan,
        approval: { ...approval, overrides: [...approval.overrides, override] },
      }));
      const before = listRunning(situation, decideWhatRuns(situation));
      const overridden = { ...situation, approvals: more };
      const after = listRunning(overridden, decideWhatRuns(overridden));
      for (const address of before) expect(after).toContain(address);
    }),
    SETTINGS,
  );
});

test(
  "the same situation gives the same decision, and is left as it was",
  hold((situation, decision) => {
    const copy = structuredClone(situation);
    expect(decideWhatRuns(situation)).toEqual(decision);
    expect(situation).toEqual(copy);
  }),
);
