import { describe, expect, test } from "vitest";
import type { WindowConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { HeldReason } from "../../../src/model/passes/pass.ts";
import { approved, creation, decide, deletion, pause, plan, type Row, revert, update } from "./decide-graded-plan.ts";
import { change, planOf, step } from "./plan-of.ts";
import { NOW } from "./situation-of.ts";

const CLOSED: WindowConfig = {
  name: "audit",
  kind: "deny",
  schedule: "0 11 * * *",
  duration_ms: 7_200_000,
  time_zone: "UTC",
};

/** What becomes of old, fast, new, lost and off: `run`, or why not. */
function fates(row: Row): readonly string[] {
  const held = new Map(decide(row).held.map(({ address, reason }) => [address, reason]));
  return plan.changes.map(({ address }) => held.get(address) ?? "run");
}

const all = (reason: HeldReason) => Array.from({ length: 5 }, () => reason);
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
    expect(held[2]?.message).toBe("It depends on queue.fast, which is held.");
  });

  test("waits for what an approval does not end, though it needs an approval as well", () => {
    const after = planOf({
      changes: [deletion, update, creation],
      steps: [
        step("queue.fast", "update"),
        step("cluster.old", "delete", { after: ["queue.fast/update"] }),
        step("queue.new", "create", { after: ["cluster.old/delete"] }),
      ],
    });
    const { run, held } = decide({ plan: after, pauses: [pause("queue.fast")] });
    expect(run).toBe("none");
    expect(held.map(({ address, reason, ends }) => [address, reason, ends])).toEqual(
      ["queue.fast", "cluster.old", "queue.new"].map((address) => [address, "paused", held[0]?.ends]),
    );
    expect(held[1]?.message).toBe("It depends on queue.fast, which is held.");
    expect(held[2]?.message).toBe("It depends on cluster.old, which is held.");
  });

  test("what comes before it runs", () => {
    const { run, held } = decide({ plan: chained, pauses: [pause("queue.new")], ...approved({}, chained) });
    expect(run).toBe("part");
    expect(held.map(({ address }) => address)).toEqual(["queue.new"]);
  });
});

test("a plan with nothing to write runs, so that what it adopts is remembered, whatever is closed", () => {
  const adoption = planOf({ changes: [change("queue.a", { action: "adopt", action_reason: "not_owned" })] });
  expect(decide({ plan: adoption, policy: { freeze: { reason: "x" } } })).toMatchObject({ run: "all", held: [] });
});
