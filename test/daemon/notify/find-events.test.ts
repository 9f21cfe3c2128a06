import { describe, expect, test } from "vitest";
import { describeEvent } from "../../../src/daemon/notify/describe-event.ts";
import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import type { NotifyFacts } from "../../../src/daemon/notify/notify-facts.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import type { BegunWrite } from "../../../src/model/ledger/ledger.ts";
import type { PassOutcome } from "../../../src/model/passes/pass.ts";
import { STATES } from "../../../src/model/passes/status.ts";
import { keepSituation } from "../web/build-targets.ts";
import { FAILED, find, keyOf, makeAlarm, SYNCED } from "./find-from-synced.ts";
import { makeApproval, makeFacts, makeHeld, makePass, makeReport, makeState, minutesAgo } from "./make-state.ts";

describe("a pass that changed something", () => {
  const applied = makeState("Synced", { kind: "applied", report: makeReport(), held: [] });

  test("is told with what, by which revision, and under whose approval", () => {
    expect(find(applied, { ran_under: makeApproval({ state: "done" }) })).toEqual([
      expect.objectContaining({
        type: "applied",
        revision: "4f2a9c1d",
        run_id: "run-1",
        objects: ["queue.training"],
        approved_by: "oncall",
        done: { add: 0, change: 1, replace: 0, destroy: 0 },
      }),
    ]);
  });

  test("is the same fact each time it is looked at, and another one in the next pass", () => {
    const next = {
      ...applied,
      last_pass: makePass({ kind: "applied", report: makeReport(), held: [] }, { id: "run-2" }),
    };
    expect(keyOf(applied, { now: minutesAgo(-9) })).toBe(keyOf(applied));
    expect(keyOf(next)).not.toBe(keyOf(applied));
  });

  const planned = (changes: readonly object[]) =>
    ({ target: "production", digest: "d", revision: "4f2a9c1d", made_at: minutesAgo(1), plan: { changes } }) as never;
  const written = (changes: object = {}, begun: readonly BegunWrite[] = []) => {
    const entry = {
      ...{ seq: 7, at: minutesAgo(2), target: "production", via: "daemon", run_id: "run-0", result: "confirmed" },
      ...{ address: "cluster.c4", kind: "cluster", physical_name: "c4", op: "delete", revision: "0a1b2c3d" },
      ...{ by: "oncall", approval: "approval-1", ...changes },
    };
    const known = { names: ["production", "prod"], previous_seq: 6, has_more: false, reported: ["run-7"], begun };
    return { ...known, entries: [entry as never] };
  };

  test("and was killed before it was on record is told by the next one, under its own key", () => {
    const [told, ...more] = find(SYNCED, {
      unreported: written(),
      plan: planned([{ address: "cluster.c4", action: "forget" }]),
    });
    expect([told?.type, more.map(({ type }) => type)]).toEqual(["applied", ["changed"]]);
    expect(told).toMatchObject({
      ...{ key: "production/applied/run-0/7", revision: "0a1b2c3d", objects: ["cluster.c4"] },
      ...{ done: { add: 0, change: 0, replace: 0, destroy: 1 }, approved_by: "oncall", approval: "approval-1" },
    });
  });

  test("and was killed with something left to do is told as begun, under the approval of any of its writes", () => {
    const unreported = written({ op: "drain" }, [{ run_id: "run-0", address: "cluster.c4" }]);
    const [first = expect.fail()]: readonly object[] = unreported.entries;
    const last = {
      ...first,
      seq: 8,
      op: "update",
      address: "queue.a",
      kind: "queue",
      approval: null,
      by: "poolkeeper",
    };
    const [told] = find(SYNCED, {
      unreported: { ...unreported, entries: [first, last] as never },
      plan: planned(["cluster.c4", "queue.a"].map((address) => ({ address, action: "update" }))),
    });
    expect(told).toMatchObject({
      ...{ key: "production/applied/run-0/8", objects: ["cluster.c4", "queue.a"], begun: ["cluster.c4"] },
      ...{ done: { add: 0, change: 1, replace: 0, destroy: 0 }, approved_by: "oncall", approval: "approval-1" },
    });
  });

  test("and was killed with something left to do is not told of what may not have arrived", () => {
    const unreported = written({ op: "drain", result: "unanswered", revision: "4f2a9c1d" });
    const found = find(SYNCED, { unreported, plan: planned([{ address: "cluster.c4", action: "update" }]) });
    expect(found.map(({ type }) => type)).toEqual(["changed"]);
  });

  test("and was killed is told with what the pass holds that knows it", () => {
    const held = [
      { address: "queue.training" as const, reason: "server_refused" as const, message: "It was refused." },
    ];
    const state = makeState("Failed", { kind: "held", held });
    const [told] = find(state, { unreported: written(), plan: planned([]) });
    expect(told).toMatchObject({ type: "applied", objects: ["cluster.c4"], held: 1 });
  });

  test.each([
    ["a command wrote it", { via: "cli", target: null }, []],
    ["the pass itself tells of it", { run_id: "run-1" }, []],
    ["the pass has told of it before", { run_id: "run-7" }, []],
    ["nobody knows whether it was carried out, and another commit counts", { result: "unanswered" }, []],
  ])("and was killed is not told where %s", (_when, changes, left) => {
    expect(find(SYNCED, { unreported: written(changes), plan: planned(left) }).map(({ type }) => type)).toEqual([
      "changed",
    ]);
  });

  test.each<[string, TargetState]>([
    ["was ended early", makeState("OutOfSync", { kind: "cancelled", message: "It was.", report: makeReport() })],
    ["failed at something else", makeState("Failed", { ...FAILED, report: makeReport() })],
  ])("and then %s is told", (_how, state) => {
    expect(find(state)[0]).toMatchObject({ type: "applied", objects: ["queue.training"], held: 0 });
  });

  test("and began a change that waits is told with what is out of service, and which registration it made", () => {
    const step = { address: "cluster.c4", kind: "cluster", physical_name: "c4-pb", op: "create" } as const;
    const done = { add: 0, change: 0, replace: 0, destroy: 0 };
    const report = makeReport(step, { done, begun: ["cluster.c4"], left_drained: ["queue.pin"] });
    const [told = expect.fail()] = find(makeState("Waiting", { kind: "waiting", report, held: [] }));
    expect(told).toMatchObject({
      ...{ type: "applied", done, objects: ["cluster.c4"], begun: ["cluster.c4"], left_drained: ["queue.pin"] },
      other_writes: [{ address: "cluster.c4", object: "cluster.c4-pb", op: "create" }],
    });
    expect(describeEvent(told)).toMatchObject({
      title: "production: applied revision 4f2a9c1d: 1 begun",
      lines: [
        ...["cluster.c4", "For cluster.c4: registration c4-pb was made.", "Begun: cluster.c4."],
        "Out of service until it continues: queue.pin",
      ],
    });
  });

  test("and ended a replacement says that the former registration is what was deleted", () => {
    const step = { address: "cluster.c4", kind: "cluster", physical_name: "c4", op: "delete" } as const;
    const report = makeReport(step, { done: { add: 0, change: 0, replace: 0, destroy: 1 } });
    const [told] = find(makeState("Synced", { kind: "applied", report, held: [] }), {
      plan: planned([{ address: "cluster.c4", action: "replace" }]),
    });
    expect(told).toMatchObject({ other_writes: [{ address: "cluster.c4", object: "cluster.c4", op: "delete" }] });
  });

  test("and goes on waiting is told too; one that changed nothing is not", () => {
    const nothing = makeReport({}, { done: { add: 0, change: 0, replace: 0, destroy: 0 } });
    expect(find(makeState("Waiting", { kind: "waiting", report: makeReport(), held: [] }))).toHaveLength(1);
    expect(find(makeState("Waiting", { kind: "waiting", report: nothing, held: [] }))).toEqual([]);
    expect(find(SYNCED)).toEqual([]);
  });
});

describe("a failure", () => {
  const failed = makeState("Failed", FAILED, { failures: 1 });

  test("is told once while it lasts, however often it is tried again", () => {
    const again = { ...failed, failures: 7, last_pass: makePass(FAILED, { id: "run-9" }), updated_at: minutesAgo(-9) };
    expect(find(failed)[0]).toMatchObject({ type: "failed", step: "apply", objects: ["queue.training"], done: null });
    expect(keyOf(again)).toBe(keyOf(failed));
  });

  test.each([
    ["another cause", { last_pass: makePass({ ...FAILED, code: "timeout" }) }],
    ["another revision", { last_pass: makePass(FAILED, { revision: "beef" }) }],
    ["a success before it", { last_success_at: minutesAgo(3) }],
  ])("is told again with %s", (_name, changes) => {
    expect(keyOf({ ...failed, ...changes })).not.toBe(keyOf(failed));
  });

  test("of a check says which; a check that waits for people is none", () => {
    const check = {
      name: "black-hole",
      status: "fail",
      message: "Queue a routes nowhere.",
      addresses: ["queue.a"],
    } as const;
    const blocked = (name: string) => makeState("Failed", { kind: "blocked", checks: [{ ...check, name }] });
    expect(find(blocked("black-hole"))[0]).toMatchObject({ type: "failed", step: "guard", code: "check_failed" });
    expect(find(blocked("window"))).toEqual([]);
  });

  test("that is over is told as recovered, once", () => {
    const [recovered, ...others] = find(SYNCED, {}, failed);
    expect(recovered).toMatchObject({ type: "recovered", alarm: "failed", was: "Failed", since: failed.status.since });
    expect(others).toEqual([]);
    expect(find(SYNCED, {}, SYNCED)).toEqual([]);
  });

  test("that an earlier release told, which kept no alarms, is over once as well, whatever else is told before its end", () => {
    const queue = { queue: "gpu", waiting: 3, reason: "it selects no cluster", since: minutesAgo(9) };
    const first = findEvents(failed, { ...failed, unreachable: [queue] }, makeFacts({ unreachable: [queue] }));
    expect(first.alarms.map(({ type }) => type).toSorted()).toEqual(["failed", "queue_unreachable"]);
    const last = findEvents(failed, SYNCED, makeFacts({ alarms: first.alarms }));
    expect(last.events.map((event) => "alarm" in event && event.alarm)).toEqual(["failed", "queue_unreachable"]);
    const ended = new Map([...first.alarms, ...last.alarms].map((alarm) => [alarm.type, alarm]));
    expect(findEvents(SYNCED, SYNCED, makeFacts({ alarms: [...ended.values()] }))).toMatchObject({
      events: [],
      alarms: [],
    });
  });

  test("is not over while nothing can be told, or while the target is paused", () => {
    const unreached: PassOutcome = { kind: "inconclusive", step: "read", code: "timeout", message: "No answer." };
    expect(find(makeState("Inconclusive", unreached), {}, failed)).toEqual([]);
    expect(find(makeState("Paused", { kind: "held", held: [] }), {}, failed)).toEqual([]);
  });

  test.each(["Retrying", "Interrupted"])("is not over while the target is out of sync as %s", (reason) => {
    const trying = makeState("OutOfSync", { kind: "cancelled", message: "Ended.", report: null });
    const after = { ...trying, status: { ...trying.status, reason } };
    expect(find(after, {}, failed)).toEqual([]);
    expect(find({ ...after, status: { ...after.status, reason: "Drift" } }, {}, failed)).toMatchObject([
      { type: "recovered" },
    ]);
  });

  test("to reach the control plane for a moment is no news, and its end neither", () => {
    const unreached: PassOutcome = { kind: "inconclusive", step: "read", code: "timeout", message: "No answer." };
    const short = makeState("Inconclusive", unreached);
    expect(find(short)).toEqual([]);
    expect(find(SYNCED, {}, short)).toEqual([]);
    const alarms = [makeAlarm("stalled")];
    expect(find(SYNCED, { alarms }, short)).toMatchObject([{ type: "recovered", alarm: "stalled" }]);
  });
});

describe("an approval that is needed", () => {
  const held: PassOutcome = { kind: "held", held: [makeHeld()] };
  const waiting = makeState("AwaitingApproval", held);

  test("is told with the digest and what it is for", () => {
    expect(find(waiting)).toEqual([
      expect.objectContaining({ type: "approval_needed", digest: "3b1f0c9a7d52e4f6", objects: ["cluster.gpu-1"] }),
    ]);
  });

  test("is told once while the harmless rest of the plan is carried out under other digests", () => {
    const rest = { ...waiting, last_pass: makePass(held, { id: "run-2", digest: "ffff0c9a7d52e4f6" }) };
    expect(keyOf(rest)).toBe(keyOf(waiting));
  });

  test("is not told while one is given, and again when that one came to its end without the changes", () => {
    expect(find(waiting, { approvals: [makeApproval()] })).toEqual([]);
    expect(find(waiting, { approvals: [makeApproval({ state: "running" })] })).toEqual([]);
    expect(keyOf(waiting, { approvals: [makeApproval({ state: "expired" })] })).not.toBe(keyOf(waiting));
    expect(keyOf(waiting, { approvals: [makeApproval({ state: "rejected" })] })).toBe(keyOf(waiting));
  });

  test("is told once the time of one is over, though what it has begun still waits, and not again when that is at its end", () => {
    const over = { state: "running", expires_at: minutesAgo(1) } as const;
    expect(find(waiting, { approvals: [makeApproval(over)] })).toMatchObject([{ type: "approval_needed" }]);
    const ended = { approvals: [makeApproval({ ...over, state: "expired" })] };
    expect(keyOf(waiting, { approvals: [makeApproval(over)] })).toBe(keyOf(waiting, ended));
  });

  test("is not told of what waits for something else", () => {
    expect(find(makeState("OutOfSync", { kind: "held", held: [makeHeld({ reason: "window" })] }))).toEqual([]);
  });
});

describe("drift", () => {
  test("that the same pass has set back asks nobody for a decision", () => {
    const kept = makeState("Synced", { kind: "applied", report: makeReport(), held: [] });
    const reverted = { ...kept, drift_since: minutesAgo(4) };
    const tell = (drift: NotifyFacts["drift"]) =>
      find(reverted, { drift })
        .filter(({ type }) => type === "drift_found")
        .map((event) => ({ event, ...describeEvent(event) }));
    expect(tell(["queue.training"])).toMatchObject([{ event: { set_back: ["queue.training"] }, action: null }]);
    expect(tell(["queue.a", "queue.training"])).toMatchObject([
      { event: { set_back: ["queue.training"] }, action: expect.any(String) },
    ]);
    expect(tell(["queue.a"])[0]?.event).not.toHaveProperty("set_back");
  });

  const drifted = makeState("OutOfSync", { kind: "synced" }, { drift_since: minutesAgo(4) });

  test("is told once for the same objects in any order, and again for others", () => {
    const drift = ["queue.a", "queue.b"] as const;
    expect(find(drifted, { drift })[0]).toMatchObject({ type: "drift_found", objects: ["queue.a", "queue.b"] });
    expect(keyOf(drifted, { drift: drift.toReversed() })).toBe(keyOf(drifted, { drift }));
    expect(keyOf(drifted, { drift: ["queue.c"] })).not.toBe(keyOf(drifted, { drift }));
  });

  test("names who changed the objects, as far as the plan tells", () => {
    const plan = keepSituation("production", "2026-11-changes-from-outside-tell-who-made-them");
    const drift = ["queue.batch", "queue.quiet", "cluster.core"] as const;
    const [event] = find(drifted, { drift, plan });
    expect(event).toMatchObject({ type: "drift_found", changed_by: ["Maria Silva", "maria@example.com"] });
    expect(event?.key).toBe(keyOf(drifted, { drift }));
    expect(find(drifted, { drift: ["queue.quiet"], plan })[0]).not.toHaveProperty("changed_by");
  });

  test("that is contested is told once for what is left alone from one moment on, with who changed it", () => {
    const fight = { reverted_at: [minutesAgo(9), minutesAgo(7)], held_since: minutesAgo(5), changed_by: "autoscaler" };
    const state = (...contests: TargetState["contests"]) => ({ ...SYNCED, contests });
    const a = { ...fight, address: "queue.a" } as const;
    const b = { ...fight, address: "queue.b", held_since: minutesAgo(1), changed_by: null } as const;
    expect(find(state({ ...a, held_since: null }))).toEqual([]);
    const both = find(state(a, b));
    expect(both).toMatchObject([
      { objects: ["queue.a"], changed_by: ["autoscaler"], contests: [{ address: "queue.a", reverts: 2 }] },
      { objects: ["queue.b"], contests: [{ changed_by: null }] },
    ]);
    expect(both[1]).not.toHaveProperty("changed_by");
    expect(keyOf(state(a))).toBe(both[0]?.key);
  });

  test("that is gone is told", () => {
    expect(find(SYNCED, {}, drifted)).toEqual([
      expect.objectContaining({ type: "drift_gone", since: drifted.drift_since }),
    ]);
  });
});

describe("other events", () => {
  test("work in a queue that reaches no cluster is told once since it became so; an empty queue is not", () => {
    const queue = { queue: "gpu", waiting: 3, reason: "it selects no cluster", since: minutesAgo(9) };
    const [event] = find(SYNCED, { unreachable: [queue, { ...queue, queue: "empty", waiting: 0 }] });
    expect(event).toMatchObject({ type: "queue_unreachable", queue: "gpu", waiting: 3 });
    expect(keyOf(SYNCED, { unreachable: [{ ...queue, waiting: 8 }] })).toBe(event?.key);
    expect(keyOf(SYNCED, { unreachable: [{ ...queue, since: minutesAgo(1) }] })).not.toBe(event?.key);
  });

  test("work in a queue is told once while its alarm is open, though a pass that was lost had seen it first", () => {
    const queue = { queue: "gpu", waiting: 3, reason: "it selects no cluster", since: minutesAgo(1) };
    const alarms = [makeAlarm("queue_unreachable", { subject: "gpu" })];
    expect(find({ ...SYNCED, unreachable: [queue] }, { unreachable: [queue], alarms })).toEqual([]);
  });

  test("what was not read is not over: a queue of another place, by a pass that reached nothing there", () => {
    const unreached: PassOutcome = { kind: "inconclusive", step: "read", code: "timeout", message: "No answer." };
    const alarms = [
      makeAlarm("queue_unreachable", { subject: "gpu" }),
      makeAlarm("left_behind", { subject: "queue.a" }),
    ];
    expect(find(makeState("Inconclusive", unreached, { looked_at: null }), { alarms })).toEqual([]);
    expect(find(SYNCED, { alarms })).toMatchObject([{ subject: "gpu" }, { subject: "queue.a" }]);
  });

  test("what an interrupted run left is told once for each object and time at which it was found", () => {
    const left = { address: "cluster.c3" as const, message: "It was left.", since: minutesAgo(9) };
    const [event, ...others] = find({ ...SYNCED, left_behind: [left] });
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: "left_behind", objects: ["cluster.c3"], since: left.since });
    expect(keyOf({ ...SYNCED, left_behind: [{ ...left, message: "Other words." }] }, {})).toBe(event?.key);
    expect(keyOf({ ...SYNCED, left_behind: [{ ...left, since: minutesAgo(1) }] }, {})).not.toBe(event?.key);
  });

  test("somebody else who works on the target is told of once, until a day has passed without a trace", () => {
    const trace = { kind: "forestalled", address: "queue.a", fields: ["depth"], changed_at: null } as const;
    const other_writes = ["r1", "r2"].map((revision) => ({ ...trace, revision, at: minutesAgo(9), changed_by: "ada" }));
    expect(find({ ...SYNCED, other_writes: other_writes.slice(1) })).toEqual([]);
    const [event, ...others] = find({ ...SYNCED, other_writes });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: "other_writer",
      objects: ["queue.a"],
      changed_by: ["ada"],
      since: minutesAgo(9),
    });
    const alarms = [makeAlarm("other_writer")];
    expect(find({ ...SYNCED, other_writes }, { alarms })).toEqual([]);
    expect(find(SYNCED, { alarms })).toMatchObject([{ type: "recovered", alarm: "other_writer", subject: null }]);
  });

  test("wrong manifests are told with the first mistakes and their number, warnings left out", () => {
    const mistake = { severity: "error", code: "x", detail: "", file: "a.yaml", column: 1, address: null } as const;
    const errors = Array.from({ length: 7 }, (_, index) => ({ ...mistake, line: index + 1, summary: "wrong" }));
    const warning = { ...mistake, severity: "warning", line: 9, summary: "odd" } as const;
    const invalid = makeState("Invalid", { kind: "invalid", diagnostics: [warning, ...errors] });
    expect(find(invalid)[0]).toMatchObject({ type: "invalid", errors: 7 });
    expect(find(invalid)[0]).toHaveProperty(
      "first",
      errors.slice(0, 5).map(({ line }) => `a.yaml:${line}: wrong`),
    );
  });

  test("a refused revision is told with the reason", () => {
    const refused = makeState("Invalid", { kind: "refused", message: "Commit 4f2a9c1d is not signed." });
    expect(find(refused)[0]).toMatchObject({ type: "refused", message: "Commit 4f2a9c1d is not signed." });
  });

  test("a heartbeat is told once each time the drift schedule comes due", () => {
    const heartbeat = (heartbeat_at: string) => find(SYNCED, { heartbeat_at })[0];
    expect(heartbeat(minutesAgo(5))).toMatchObject({ type: "heartbeat", applied_revision: "0a1b2c3d", drift: 0 });
    expect(heartbeat(minutesAgo(5))?.key).not.toBe(heartbeat(minutesAgo(65))?.key);
  });

  test("a target without a pass has nothing to tell, whatever its state", () => {
    for (const state of STATES) expect(find({ ...makeState(state, { kind: "synced" }), last_pass: null })).toEqual([]);
  });
});
