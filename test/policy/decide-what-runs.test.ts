import { describe, expect, test } from "vitest";
import type { DriftConfig, PolicyConfig, WindowConfig } from "../../src/config/daemon-config.ts";
import type { Address } from "../../src/model/address.ts";
import type { Approval, Pause, Sighting } from "../../src/model/daemon-records.ts";
import type { HeldReason } from "../../src/model/pass.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Decision, decideWhatRuns } from "../../src/policy/decide-what-runs.ts";
import type { ApprovedPlan } from "../../src/policy/find-approval.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, NOW, situationOf } from "./situation-of.ts";

const deletion = change("cluster.old", { actions: ["delete"], before: { pool: "prod" }, after: null });
const update = change("queue.fast");
const creation = change("queue.new", { actions: ["create"], before: null, action_reason: "absent" });
const drifted = change("queue.lost", { origin: "drift" });
const drained = change("cluster.off", {
  origin: "drift",
  before: { pool: "prod", state: "active" },
  after: { pool: "prod", state: "drained" },
});

/** One change of each grade, and a drift of each kind. */
const plan = planOf({
  changes: [deletion, update, creation, drifted, drained],
  steps: [
    step("cluster.old", "delete"),
    step("queue.fast", "update"),
    step("queue.new", "create"),
    step("queue.lost", "update"),
    step("cluster.off", "drain"),
  ],
});

const CLOSED: WindowConfig = {
  name: "audit",
  kind: "deny",
  schedule: "0 11 * * *",
  duration_ms: 7_200_000,
  time_zone: "UTC",
};
/** Before the approvals were given. */
const PAUSED_AT = "2026-06-01T09:00:00.000Z";
const pause = (address: Address | null, until: string | null = null): Pause => ({
  ...{ id: "p1", target: "prod", address, by: "ops", reason: "moving house", at: PAUSED_AT, until },
});
const SEEN: readonly Sighting[] = [];

interface Row {
  readonly policy?: Partial<PolicyConfig>;
  readonly drift?: Partial<DriftConfig>;
  readonly approvals?: readonly ApprovedPlan[];
  readonly pauses?: readonly Pause[];
  readonly sightings?: readonly Sighting[];
  readonly begun?: ReadonlySet<string>;
  readonly appliedRevision?: string | null;
  readonly plan?: Plan;
}

const decide = (row: Row): Decision => decideWhatRuns(situationOf({ plan, sightings: SEEN, ...row }));

/** What becomes of old, fast, new, lost and off: `run`, or why not. */
function fates(row: Row): readonly string[] {
  const held = new Map(decide(row).held.map(({ address, reason }) => [address, reason]));
  return plan.changes.map(({ address }) => held.get(address) ?? "run");
}
const all = (reason: HeldReason) => Array.from({ length: 5 }, () => reason);
const approved = (rest: Partial<Approval> = {}, of: Plan = plan) => ({ approvals: [approve(of, rest)] });
const revert = { action: "revert" } as const;
const report = "drift_report";

describe("what becomes of a deletion, an update, a creation, a drift, and a drift that only a drain undoes", () => {
  const rows: readonly (readonly [string, Row, readonly string[]])[] = [
    // Grades
    ["auto_apply none", { policy: { auto_apply: "none" } }, ["approval", "approval", "approval", report, report]],
    ["auto_apply create", { policy: { auto_apply: "create" } }, ["approval", "approval", "run", report, report]],
    ["auto_apply update", {}, ["approval", "run", "run", report, report]],
    ["auto_apply all", { policy: { auto_apply: "all" } }, ["run", "run", "run", report, report]],
    // Drift
    ["drift off", { drift: { action: "off" } }, ["approval", "run", "run", "drift_off", "drift_off"]],
    ["drift reverted", { drift: revert }, ["approval", "run", "run", "run", "drift_destructive"]],
    [
      "drift reverted, destructive: the grade holds it all the same",
      { drift: { ...revert, destructive: true } },
      ["approval", "run", "run", "run", "approval"],
    ],
    [
      "drift reverted, destructive, auto_apply all",
      { drift: { ...revert, destructive: true }, policy: { auto_apply: "all" } },
      ["run", "run", "run", "run", "run"],
    ],
    [
      "drift reverted, auto_apply none",
      { drift: revert, policy: { auto_apply: "none" } },
      ["approval", "approval", "approval", "approval", "drift_destructive"],
    ],
    [
      "drift reverted from the second sighting on",
      { drift: { ...revert, sightings: 2 } },
      ["approval", "run", "run", "drift_unconfirmed", "drift_unconfirmed"],
    ],
    [
      "drift reverted for queues alone",
      { drift: { kinds: { queue: "revert" } } },
      ["approval", "run", "run", "run", report],
    ],
    [
      "drift off for queues alone",
      { drift: { ...revert, kinds: { queue: "off" } } },
      ["approval", "run", "run", "drift_off", "drift_destructive"],
    ],
    // Freeze, windows, pauses
    ["frozen", { policy: { freeze: { reason: "year's end" } } }, all("freeze")],
    ["window closed", { policy: { windows: [CLOSED] } }, all("window")],
    ["frozen beats a closed window", { policy: { windows: [CLOSED], freeze: { reason: "x" } } }, all("freeze")],
    ["window closed beats a pause", { policy: { windows: [CLOSED] }, pauses: [pause(null)] }, all("window")],
    ["target paused", { pauses: [pause(null)] }, all("paused")],
    ["target paused until later", { pauses: [pause(null, "2026-06-01T12:00:01Z")] }, all("paused")],
    ["target paused until now", { pauses: [pause(null, NOW)] }, ["approval", "run", "run", report, report]],
    ["an update paused", { pauses: [pause("queue.fast")] }, ["approval", "paused", "run", report, report]],
    ["a drift paused", { pauses: [pause("queue.lost")] }, ["approval", "run", "run", "paused", report]],
    // Overrun
    [
      "window closed after something began: that goes on, and nothing beside it",
      { policy: { windows: [CLOSED] }, begun: new Set(["queue.fast"]), drift: revert },
      ["window", "run", "window", "window", "window"],
    ],
    [
      "window closed after what needs an approval began, and that has ended: it goes on once it is approved anew",
      { policy: { windows: [CLOSED] }, begun: new Set(["cluster.old"]), drift: revert },
      ["approval", "window", "window", "window", "window"],
    ],
    [
      "window closed after drift began to be undone: that goes on",
      { policy: { windows: [CLOSED] }, begun: new Set(["queue.lost"]), drift: revert },
      ["window", "window", "window", "run", "window"],
    ],
    [
      "window closed after an approved rollout began: what was approved goes on, and nothing beside it",
      {
        policy: { windows: [CLOSED] },
        begun: new Set(["cluster.old"]),
        ...approved({ state: "running" }, planOf({ changes: [deletion], steps: [step("cluster.old", "delete")] })),
      },
      ["run", "window", "window", "window", "window"],
    ],
    // Approvals
    ["approved", approved(), ["run", "run", "run", report, report]],
    ["approved and running", approved({ state: "running" }), ["run", "run", "run", report, report]],
    [
      "approved for another revision, the same effect",
      approved({ revision: "beef" }),
      ["run", "run", "run", report, report],
    ],
    [
      "a rollout of another revision, the same effect",
      approved({ revision: "beef", state: "running" }),
      ["approval", "run", "run", report, report],
    ],
    ["approved and done", approved({ state: "done" }), ["approval", "run", "run", report, report]],
    ["approved and expired by state", approved({ state: "expired" }), ["approval", "run", "run", report, report]],
    ["approved and superseded", approved({ state: "superseded" }), ["approval", "run", "run", report, report]],
    ["rejected", approved({ state: "rejected" }), ["approval", "run", "run", report, report]],
    ["approved and expired by time", approved({ expires_at: NOW }), ["approval", "run", "run", report, report]],
    [
      "approved, begun somewhere else, and expired by time since",
      { ...approved({ expires_at: NOW, state: "running" }), begun: new Set(["queue.fast"]) },
      ["approval", "run", "run", report, report],
    ],
    [
      "approved, begun there, and expired by time since",
      { ...approved({ expires_at: NOW, state: "running" }), begun: new Set(["cluster.old"]) },
      ["run", "run", "run", report, report],
    ],
    [
      "a part of an approved plan of the same revision",
      approved({}, planOf({ changes: [deletion], steps: [step("cluster.old", "delete")] })),
      ["run", "run", "run", report, report],
    ],
    [
      "a part of an approved plan of another revision",
      approved({ revision: "beef" }, planOf({ changes: [deletion], steps: [step("cluster.old", "delete")] })),
      ["approval", "run", "run", report, report],
    ],
    [
      "an approved plan that did something else",
      approved({}, planOf({ changes: [creation], steps: [step("queue.new", "create")] })),
      ["approval", "run", "run", report, report],
    ],
    [
      "an approved plan, a drift that came later: it stops nothing and is not undone",
      {
        drift: { ...revert, destructive: true },
        ...approved({ state: "running" }, planOf({ changes: [deletion], steps: [step("cluster.old", "delete")] })),
      },
      ["run", "run", "run", "run", "approval"],
    ],
    // Overrides
    ["frozen, approved", { policy: { freeze: { reason: "x" } }, ...approved() }, all("freeze")],
    [
      "frozen, approved with the override",
      { policy: { freeze: { reason: "x" } }, ...approved({ overrides: ["freeze"] }) },
      ["run", "run", "run", report, report],
    ],
    [
      "frozen and a window closed, approved with one override of two",
      { policy: { freeze: { reason: "x" }, windows: [CLOSED] }, ...approved({ overrides: ["freeze"] }) },
      all("window"),
    ],
    [
      "window closed, approved with the override",
      { policy: { windows: [CLOSED] }, ...approved({ overrides: ["window"] }) },
      ["run", "run", "run", report, report],
    ],
    [
      "target paused, approved with the override",
      { pauses: [pause(null)], ...approved({ overrides: ["paused"] }) },
      ["run", "run", "run", report, report],
    ],
    [
      "drift reported, approved with the override",
      approved({ overrides: ["drift"] }),
      ["run", "run", "run", "run", "run"],
    ],
    [
      "drift reported, approved with an override of another hold of drift",
      approved({ overrides: ["drift_destructive"] }),
      ["run", "run", "run", report, report],
    ],
    [
      "drift destructive, approved with its override",
      { drift: revert, ...approved({ overrides: ["drift_destructive"] }) },
      ["run", "run", "run", "run", "run"],
    ],
    [
      "frozen, a part approved with the override: nothing beside it runs",
      {
        policy: { freeze: { reason: "x" } },
        ...approved({ overrides: ["freeze"] }, planOf({ changes: [deletion], steps: [step("cluster.old", "delete")] })),
      },
      ["run", "freeze", "freeze", "freeze", "freeze"],
    ],
  ];

  test.each(rows)("%s", (_name, row, expected) => {
    expect(fates(row)).toEqual(expected);
  });

  test.each(rows)(
    "%s: what is left out of the plan is what is held, and it is told whether all, a part or nothing runs",
    (_name, row, expected) => {
      const { run, exclude, held } = decide(row);
      const heldCount = expected.filter((fate) => fate !== "run").length;
      expect(run).toBe(heldCount === 0 ? "all" : heldCount === expected.length ? "none" : "part");
      expect(exclude).toEqual(run === "part" ? held.map(({ address }) => address) : []);
      for (const { message } of held) expect(message).not.toBe("");
    },
  );
});

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
      changes: [...plan.changes, change("queue.gone", { actions: ["delete"], after: null })],
      steps: [...plan.steps, step("queue.gone", "delete")],
    });
    const approvals = [approve(larger, { id: "larger" }), approve(plan, { id: "same" })];
    expect(decide({ approvals }).approval?.approval.id).toBe("same");
  });
});

describe("under a rollout that is running, a deletion that someone has undone meanwhile", () => {
  const others = change("queue.gone", { actions: ["delete"], after: null });
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

describe("what rests on something held", () => {
  const chained = planOf({
    changes: [deletion, update, creation],
    steps: [
      step("cluster.old", "delete"),
      step("queue.fast", "update", { after: ["cluster.old/delete"] }),
      step("queue.new", "create", { after: ["queue.fast/update"] }),
    ],
  });

  test("is held with it, and says what it comes after", () => {
    const { run, held } = decide({ plan: chained });
    expect(run).toBe("none");
    expect(held.map(({ address, reason }) => [address, reason])).toEqual([
      ["cluster.old", "approval"],
      ["queue.fast", "approval"],
      ["queue.new", "approval"],
    ]);
    expect(held[2]?.message).toBe("It comes after queue.fast, which is held.");
  });

  test("what comes before it runs", () => {
    const { run, held } = decide({ plan: chained, pauses: [pause("queue.new")], ...approved({}, chained) });
    expect(run).toBe("part");
    expect(held.map(({ address }) => address)).toEqual(["queue.new"]);
  });
});

test("a plan with nothing to write runs, so that what it adopts is remembered, whatever is closed", () => {
  const adoption = planOf({ changes: [change("queue.a", { actions: ["no-op"], action_reason: "adopt" })] });
  expect(decide({ plan: adoption, policy: { freeze: { reason: "x" } } })).toMatchObject({ run: "all", held: [] });
});

test("an approval counts for what was changed outside when the rest of its plan has run by itself meanwhile", () => {
  const drifted = change("cluster.east", {
    ...{ origin: "drift", action_reason: "move" },
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

test("a move that was carried out and undone outside is not made again under its approval, though the plan has the same digest", () => {
  const moved = (origin: "commit" | "drift") => {
    const rest = { origin, action_reason: "move", before: { pool: "dev" }, after: { pool: "prod" } } as const;
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
