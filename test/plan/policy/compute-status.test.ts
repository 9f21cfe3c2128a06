import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyState } from "../../../src/daemon/read-service.ts";
import type { Pause } from "../../../src/model/daemon/daemon-records.ts";
import type { Diagnostic } from "../../../src/model/diagnostics/diagnostic.ts";
import type { HeldChange, HeldReason, PassOutcome } from "../../../src/model/passes/pass.ts";
import { STATES, type Status } from "../../../src/model/passes/status.ts";
import { type ApplyReport, GIVEN_UP, type StepResult } from "../../../src/model/plan/apply-report.ts";
import { computeStatus, FAILURES_BEFORE_FAILED, type StatusFacts } from "../../../src/plan/policy/compute-status.ts";
import { describeAbove } from "../../../src/plan/policy/judge-holds.ts";
import { showApplying } from "../../../src/plan/policy/show-applying.ts";
import { STATUS_REASONS } from "../../../src/plan/policy/status-reasons.ts";
import { NOW } from "./situation-of.ts";

const held = (...reasons: readonly HeldReason[]): readonly HeldChange[] =>
  reasons.map((reason, index) => ({ address: `queue.q${index}`, reason, message: "Wait." }));
const waitingFor = (until: StepResult["until"]): StepResult => ({
  ...{ id: "1", address: "cluster.a", kind: "cluster", physical_name: "a", op: "await", phase: null, until },
  ...{ status: "waiting", message: "3 runs are in flight", code: null, because: null },
});
const report = (...steps: readonly StepResult[]): ApplyReport => ({
  ...{ digest: "d", status: "waiting", steps, begun: [], left_drained: [] },
  done: { add: 0, change: 0, replace: 0, destroy: 0 },
});
const PAUSE: Pause = { id: "p", target: "prod", address: null, by: "ops", reason: "moving", at: NOW, until: null };
const failed = (step: "apply" | "plan", code = "unavailable"): PassOutcome => ({
  ...{ kind: "failed", step, code, message: "The control plane went away.", report: null },
});
const inconclusive = (step: "fetch" | "read" | "plan", code = "unavailable"): PassOutcome => ({
  ...{ kind: "inconclusive", step, code, message: "No answer." },
});
const DIAGNOSTIC: Diagnostic = {
  ...{ severity: "error", code: "unknown-field", summary: "unknown field depht", detail: "", file: "queues/a.yaml" },
  ...{ line: 3, column: 1, address: null },
};

const LEFT = { address: "cluster.c3", message: "cluster.c3 was left.", since: NOW } as const;

const compute = (outcome: PassOutcome, rest: Partial<StatusFacts> = {}): Status =>
  computeStatus({
    ...{
      outcome,
      pauses: [],
      failures: 0,
      retriable: false,
      pinned_revision: null,
      previous: null,
      at: NOW,
      unserved: [],
      nowhere: [],
      begun: null,
      out_of_service: [],
      left_behind: [],
    },
    ...rest,
  });

const rows: readonly (readonly [string, PassOutcome, Partial<StatusFacts>, string, string])[] = [
  ["nothing differs", { kind: "synced" }, {}, "Synced", "NothingToDo"],
  ["all was applied", { kind: "applied", report: report(), held: [] }, {}, "Synced", "NothingToDo"],
  ["nothing differs from an earlier revision", { kind: "synced" }, { pinned_revision: "abc" }, "Synced", "Pinned"],
  ["only overlooked drift is left", { kind: "held", held: held("drift_off") }, {}, "Synced", "DriftIgnored"],
  ["drift is left", { kind: "applied", report: report(), held: held("drift_report") }, {}, "OutOfSync", "Drift"],
  ["drift that would destroy", { kind: "held", held: held("drift_destructive") }, {}, "OutOfSync", "Drift"],
  [
    "drift that is contested",
    { kind: "held", held: held("drift_report", "drift_contested") },
    {},
    "OutOfSync",
    "DriftContested",
  ],
  ["drift seen once", { kind: "held", held: held("drift_unconfirmed") }, {}, "OutOfSync", "DriftUnconfirmed"],
  ["an approval is needed", { kind: "held", held: held("approval") }, {}, "AwaitingApproval", "ApprovalNeeded"],
  [
    "an approval is needed beside drift and a pause",
    { kind: "applied", report: report(), held: held("drift_report", "paused", "approval") },
    {},
    "AwaitingApproval",
    "ApprovalNeeded",
  ],
  ["the plan was rejected", { kind: "held", held: held("rejected") }, {}, "AwaitingApproval", "Rejected"],
  ["frozen", { kind: "held", held: held("freeze", "freeze") }, {}, "Paused", "Frozen"],
  ["a window is closed", { kind: "held", held: held("window") }, {}, "Paused", "WindowClosed"],
  ["an object is paused", { kind: "held", held: held("paused") }, {}, "Paused", "ObjectPaused"],
  ["the target is paused", { kind: "held", held: held("paused") }, { pauses: [PAUSE] }, "Paused", "TargetPaused"],
  ["the target is paused with nothing to do", { kind: "synced" }, { pauses: [PAUSE] }, "Paused", "TargetPaused"],
  [
    "an object with nothing to do is paused",
    { kind: "synced" },
    { pauses: [{ ...PAUSE, address: "queue.q" }] },
    "Synced",
    "NothingToDo",
  ],
  ["work drains", { kind: "waiting", report: report(waitingFor("drained")), held: [] }, {}, "Waiting", "WorkInFlight"],
  [
    "an operator has to report",
    { kind: "waiting", report: report(waitingFor("healthy")), held: [] },
    {},
    "Waiting",
    "OperatorAwaited",
  ],
  [
    "work drains and an approval is needed for something else",
    { kind: "waiting", report: report(waitingFor("drained")), held: held("approval") },
    {},
    "AwaitingApproval",
    "ApprovalNeeded",
  ],
  ["a change was refused", failed("apply", GIVEN_UP), { retriable: true }, "Failed", "ChangeRefused"],
  [
    "a change was refused, and another one needs an approval",
    { kind: "held", held: held("approval", "server_refused") },
    {},
    "Failed",
    "ChangeRefused",
  ],
  [
    "a check fails",
    { kind: "blocked", checks: [{ name: "black-hole", status: "fail", message: "Nowhere.", addresses: [] }] },
    {},
    "Failed",
    "CheckFailed",
  ],
  ["the manifests are wrong", { kind: "invalid", diagnostics: [DIAGNOSTIC] }, {}, "Invalid", "ManifestsInvalid"],
  [
    "the manifests are wrong while the target is paused",
    { kind: "invalid", diagnostics: [DIAGNOSTIC] },
    { pauses: [PAUSE] },
    "Invalid",
    "ManifestsInvalid",
  ],
  ["a revision is refused", { kind: "refused", message: "No signature." }, {}, "Invalid", "RevisionRefused"],
  ["a killed run left something", { kind: "synced" }, { left_behind: [LEFT] }, "OutOfSync", "LeftBehind"],
  ["the source is not reached", inconclusive("fetch"), {}, "Inconclusive", "SourceUnreachable"],
  ["the control plane is not reached", inconclusive("read"), {}, "Inconclusive", "ControlPlaneUnreachable"],
  ["the rate is limited", inconclusive("read", "resource_exhausted"), {}, "Inconclusive", "RateLimited"],
  ["there are no rights", inconclusive("read", "permission_denied"), {}, "Inconclusive", "AccessDenied"],
  ["the source asks for a login", inconclusive("fetch", "source_refused"), {}, "Inconclusive", "AccessDenied"],
  [
    "a process of a task is ended from outside",
    inconclusive("plan", "task_ended"),
    {},
    "Inconclusive",
    "InsufficientResources",
  ],
  ["the store fails while a pass reads", inconclusive("plan", "store_failed"), {}, "Inconclusive", "StoreUnavailable"],
  ["the store fails while a pass applies", failed("apply", "store_failed"), {}, "Inconclusive", "StoreUnavailable"],
  ["no process can be started", inconclusive("fetch", "no_process"), {}, "Inconclusive", "InsufficientResources"],
  ["the plan is too costly", failed("plan", "too_costly"), { failures: 1 }, "Failed", "TooCostly"],
  ["a step fails for good", failed("apply"), { failures: 1 }, "Failed", "StepFailed"],
  ["a pass fails for good", failed("plan"), { failures: 1 }, "Failed", "PassFailed"],
  ["a step fails and may be tried again", failed("apply"), { failures: 1, retriable: true }, "OutOfSync", "Retrying"],
  [
    "a step fails again and again",
    failed("apply"),
    { failures: FAILURES_BEFORE_FAILED, retriable: true },
    "Failed",
    "StepFailed",
  ],
  ["a pass is ended early", { kind: "cancelled", message: "A push.", report: null }, {}, "OutOfSync", "Interrupted"],
];

describe("the status of a target", () => {
  test.each(rows)("when %s", (_name, outcome, rest, state, reason) => {
    const status = compute(outcome, rest);
    expect(status).toMatchObject({ state, reason, since: NOW });
    expect(status.message).not.toBe("");
  });

  test("names what a killed run left beside whatever else there is to say", () => {
    const two = { left_behind: [LEFT, { ...LEFT, address: "queue.q" as const }] };
    expect(compute({ kind: "synced" }, two).message).toBe("cluster.c3 was left. The same is true of 1 other object.");
    expect(compute(inconclusive("read"), { left_behind: [LEFT] }).message).toBe("No answer. cluster.c3 was left.");
  });

  test("names what is held and why, once, and how much else is", () => {
    const message = describeAbove({ auto_apply: "update" });
    const waiting = held("approval", "approval", "approval").map((one) => ({ ...one, message }));
    expect(compute({ kind: "held", held: waiting }).message).toBe(
      "queue.q0 and 2 other changes: It needs approval (auto_apply: update).",
    );
  });

  test("names queues without a cluster in service, but where everything is as the manifests say", () => {
    const unserved = ["a", "b", "c", "d"].map((queue) => ({ queue, clusters: ["c1", "c2"] }));
    const one = [{ queue: "any", clusters: ["c2"] }];
    const drift: PassOutcome = { kind: "held", held: held("drift_report") };
    expect(compute(drift, { unserved: one }).message).toMatch(
      / Queue without a cluster in service, where work waits: any \(c2\)\.$/,
    );
    expect(compute(drift, { unserved: [{ queue: "any", clusters: [] }] }).message).toMatch(
      / Queue without a cluster in service, where work waits: any \(none is there\)\.$/,
    );
    expect(compute(drift, { unserved }).message).toMatch(
      /: a \(c1 and 1 more\), b \(c1 and 1 more\), c \(c1 and 1 more\) and 1 more\.$/,
    );
    expect(compute({ kind: "synced" }, { unserved }).message).toBe("The live state matches the manifests.");
  });

  test("says what is waited for beside what needs a decision, and names nothing twice", () => {
    const left = { ...report(waitingFor("drained")), left_drained: ["cluster.a", "queue.q0"] as const };
    const [first] = held("approval").map((one) => ({ ...one, out_of_service: true }) as const);
    const outcome = { kind: "waiting", report: left, held: first === undefined ? [] : [first] } as const;
    expect(compute(outcome).message).toBe(
      "queue.q0: Wait. Out of service until then: queue.q0. Waiting for work to drain; no work is interrupted. cluster.a: 3 runs are in flight. Out of service until then: cluster.a.",
    );
  });

  test("names the check, the place of a mistake, and what is waited for", () => {
    const [check] = rows.filter(([, , , , reason]) => reason === "CheckFailed");
    expect(compute(check?.[1] ?? { kind: "synced" }).message).toBe("1 check of the plan failed (black-hole): Nowhere.");
    expect(compute({ kind: "invalid", diagnostics: [DIAGNOSTIC] }).message).toContain("queues/a.yaml:3");
    const waiting = compute({ kind: "waiting", report: report(waitingFor("drained")), held: [] });
    expect(waiting.message).toContain("cluster.a: 3 runs are in flight");
  });

  test("keeps its begin while state and reason stay the same, and only then", () => {
    const since = "2026-05-01T00:00:00.000Z";
    const previous: Status = { state: "OutOfSync", reason: "Drift", message: "Another text.", since };
    const drift: PassOutcome = { kind: "held", held: held("drift_report") };
    expect(compute(drift, { previous }).since).toBe(since);
    expect(compute(drift, { previous: { ...previous, reason: "Retrying" } }).since).toBe(NOW);
    expect(compute({ kind: "synced" }, { previous }).since).toBe(NOW);
  });

  test("what every failed check found is told on one line, and what is beyond five findings is counted", () => {
    const fail = (name: string, ...lines: readonly string[]) =>
      ({ name, status: "fail", message: lines.join("\n"), addresses: [] }) as const;
    const told = (...checks: readonly ReturnType<typeof fail>[]) => compute({ kind: "blocked", checks }).message;
    expect(told(fail("protected", "One.", "Two."), fail("empty-set", "Three."))).toBe(
      "2 checks of the plan failed (protected, empty-set): One. Two. Three.",
    );
    expect(told(fail("protected", "1.", "2.", "3.", "4."), fail("empty-set", "5.", "6.", "7."))).toBe(
      "2 checks of the plan failed (protected, empty-set): 1. 2. 3. 4. 5. And 2 more.",
    );
  });

  test("a mistake without a full stop is a sentence of its own before what is out of service", () => {
    const { message } = compute({ kind: "invalid", diagnostics: [DIAGNOSTIC] }, { out_of_service: ["cluster.c1"] });
    expect(message).toMatch(/unknown field depht\. Out of service until then: cluster\.c1\.$/);
  });

  test("a target that is paused half-way through a rollout says what is out of service", () => {
    const drained = held("paused").map((change) => ({ ...change, out_of_service: true as const }));
    const outcome: PassOutcome = { kind: "held", held: [...drained, ...held("paused", "paused").slice(1)] };
    expect(compute(outcome, { pauses: [PAUSE] }).message).toBe(
      "Paused by ops (moving) until it is resumed. Out of service until then: queue.q0.",
    );
  });

  test.each([
    [undefined, ": what it has drained there takes no work until it continues."],
    [true, ": what it has drained there takes no work until it continues."],
    [false, "."],
  ])(
    "a pass that was ended early says where a rollout waits, and only of what it has drained that it takes no work: %s",
    (drains, rest) => {
      const begun = { objects: ["queue.any"], ...(drains === undefined ? {} : { drains }) };
      const { message } = compute({ kind: "cancelled", message: "It was.", report: null }, { begun });
      expect(message).toBe(`The last pass was interrupted: It was. A rollout waits half-way at queue.any${rest}`);
    },
  );

  test("each reason comes about", () => {
    const reached = rows.map(([, outcome, rest]) => compute(outcome, rest).reason);
    const first = emptyState("production", NOW).status;
    expect(first.state).toBe(STATUS_REASONS.NotLookedAt);
    const synced = compute({ kind: "synced" });
    const applying = showApplying(synced, { since: NOW, last_write_at: NOW, out_of_service: [] });
    expect(applying.state).toBe(STATUS_REASONS.Applying);
    expect([...new Set([...reached, first.reason, applying.reason])].sort()).toEqual(
      Object.keys(STATUS_REASONS).sort(),
    );
  });

  test("each state has a reason, and the document explains each of them under its state", () => {
    expect([...new Set(Object.values(STATUS_REASONS))].sort()).toEqual([...STATES].sort());
    const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "reference.md"), "utf8");
    const listed = [...text.matchAll(/^\| `([A-Z]\w+)` \| `([A-Z]\w+)` \|/gm)].map(([, state, reason]) => [
      reason,
      state,
    ]);
    expect(listed).toEqual(Object.entries(STATUS_REASONS));
  });
});
