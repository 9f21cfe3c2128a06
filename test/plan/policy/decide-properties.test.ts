import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import { classifyChanges, exceeds } from "../../../src/model/plan/classify-changes.ts";
import { type Decision, decideWhatRuns, type Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import { findBeside } from "../../../src/plan/policy/is-remainder.ts";
import { recogniseDrift } from "../../../src/plan/policy/judge-drift.ts";
import { HOLD_OVERRIDES } from "../../../src/plan/policy/judge-holds.ts";
import { situations } from "./arbitrary-situation.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 500),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
/** The addresses at which something is written by a decision. */
function listRunning({ plan }: Situation, { run, held }: Decision): ReadonlySet<Address> {
  const left = new Set(held.map(({ address }) => address));
  const writes = classifyChanges(plan)
    .filter(({ grade }) => grade !== "none")
    .map(({ address }) => address);
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
    const grades = new Map(classifyChanges(plan).map(({ address, grade }) => [address, grade]));
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
    const { plan } = situation;
    const peaceful = { ...situation, contests: [] };
    const isDrift = recogniseDrift({ ...situation, revision: plan.revision });
    for (const address of listRunning(peaceful, decideWhatRuns(peaceful))) {
      const change = plan.changes.find((one) => one.address === address);
      if (change !== undefined && !isDrift(change)) expect(running).toContain(address);
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
  "while a window is closed nothing runs but what began before, unless an approval overrides it",
  hold(({ policy, begun }, { approval }, running) => {
    if (policy.windows.length === 0 || approval?.approval.overrides.includes("window")) return;
    for (const address of running) expect([...begun]).toContain(address);
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
    const writes = classifyChanges(plan)
      .filter(({ grade }) => grade !== "none")
      .map(({ address }) => address);
    const told = [...running, ...held.map(({ address }) => address)].sort();
    expect(told).toEqual([...writes].sort());
  }),
);

test("where a check fails that is neither overridden nor about drift that stays alone, nothing runs", () => {
  const check = { name: "rule:x", status: "fail", message: "No." } as const;
  const drawn = fc.tuple(situations, fc.option(fc.subarray(["cluster.a", "queue.c", "queue.e"]), { nil: undefined }));
  fc.assert(
    fc.property(drawn, ([{ plan: whole, ...rest }, addresses = []]) => {
      const plan = { ...whole, checks: [{ ...check, addresses }], applyable: false };
      const decision = decideWhatRuns({ plan, ...rest });
      const beside = decision.held.filter(({ reason }) => reason !== "check");
      const held = new Set<string>(beside.map(({ address }) => address));
      const staysDrifted = (address: string) => decision.drift.holds.has(address as Address) && held.has(address);
      const changed = addresses.filter((address) => plan.changes.some((one) => one.address === address));
      const about = changed.length > 0 ? changed : addresses;
      if (about.length > 0 && about.every(staysDrifted)) expect(decision.blocked).toEqual([]);
      else expect([decision.blocked.length, decision.run, decision.approval]).toEqual([1, "none", null]);
    }),
    SETTINGS,
  );
});

test("what is known to pass without what is held lets nothing run that is held, and holds nothing more", () => {
  const check = { name: "rule:x", status: "fail", message: "No.", addresses: [] } as const;
  fc.assert(
    fc.property(situations, ({ plan: whole, ...rest }) => {
      const situation = { plan: { ...whole, checks: [check], applyable: false }, ...rest };
      const before = decideWhatRuns(situation);
      const known = { ...situation, apart: { without: before.aside, checks: [] } };
      const after = decideWhatRuns(known);
      const running = listRunning(known, after);
      for (const { address, reason } of before.held) if (reason !== "check") expect(running).not.toContain(address);
      for (const address of listRunning(situation, before)) expect(running).toContain(address);
    }),
    SETTINGS,
  );
});

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
