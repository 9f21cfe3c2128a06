import { DEFAULT_STALL_LIMITS, type NotifyFacts } from "../../../src/daemon/notify/notify-facts.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import type { Approval } from "../../../src/model/passes/approval.ts";
import type { HeldChange, PassOutcome, PassRecord } from "../../../src/model/passes/pass.ts";
import type { State } from "../../../src/model/passes/status.ts";
import type { ApplyReport, StepResult } from "../../../src/model/plan/apply-report.ts";

/** The time of facts unless told otherwise. */
export const NOW = "2026-11-21T12:00:00.000Z";

/** Some minutes before {@link NOW}. */
export function minutesAgo(minutes: number): string {
  return new Date(Date.parse(NOW) - minutes * 60_000).toISOString();
}

/** A pass `run-1` of revision `4f2a9c1d` that came to this. */
export function makePass(outcome: PassOutcome, changes: Partial<PassRecord> = {}): PassRecord {
  return {
    id: "run-1",
    target: "production",
    trigger: "poll",
    started_at: minutesAgo(1),
    ended_at: NOW,
    revision: "4f2a9c1d",
    digest: "3b1f0c9a7d52e4f6",
    outcome,
    ...changes,
  };
}

/** A target in a state since ten minutes whose last success was a minute ago. */
export function makeState(state: State, outcome: PassOutcome, changes: Partial<TargetState> = {}): TargetState {
  return {
    target: "production",
    status: { state, reason: "Reason", message: "What it is about.", since: minutesAgo(10) },
    last_pass: makePass(outcome),
    applied_revision: "0a1b2c3d",
    good_revision: "4f2a9c1d",
    pinned_revision: null,
    last_success_at: minutesAgo(1),
    failures: 0,
    drift_since: null,
    looked_at: minutesAgo(1),
    drifted: [],
    contests: [],
    objects: [],
    unreachable: [],
    updated_at: NOW,
    ...changes,
  };
}

/** Facts of a target about which there is nothing to tell. */
export function makeFacts(changes: Partial<NotifyFacts> = {}): NotifyFacts {
  return {
    now: NOW,
    poll_ms: 120_000,
    limits: DEFAULT_STALL_LIMITS,
    watched_since: minutesAgo(1),
    unlooked_since: null,
    ran_under: null,
    approvals: [],
    alarms: [],
    plan: null,
    drift: [],
    unreachable: [],
    heartbeat_at: null,
    ...changes,
  };
}

/** A report of one step on `queue.training` that ended so. */
export function makeReport(step: Partial<StepResult> = {}, changes: Partial<ApplyReport> = {}): ApplyReport {
  return {
    digest: "3b1f0c9a7d52e4f6",
    status: step.status === "failed" ? "failed" : "applied",
    steps: [
      {
        id: "queue.training/update",
        address: "queue.training",
        kind: "queue",
        physical_name: "training",
        op: "update",
        phase: null,
        until: null,
        status: "applied",
        message: null,
        code: null,
        because: null,
        ...step,
      },
    ],
    done: { add: 0, change: step.status === "failed" ? 0 : 1, replace: 0, destroy: 0 },
    begun: [],
    left_drained: [],
    ...changes,
  };
}

/** A change that waits for an approval, unless told otherwise. */
export function makeHeld(changes: Partial<HeldChange> = {}): HeldChange {
  return { address: "cluster.gpu-1", reason: "approval", message: "It needs an approval.", ...changes };
}

/** An approval of revision `4f2a9c1d` by someone on the page. */
export function makeApproval(changes: Partial<Approval> = {}): Approval {
  return {
    id: "approval-1",
    target: "production",
    digest: "3b1f0c9a7d52e4f6",
    revision: "4f2a9c1d",
    by: "oncall",
    via: "page",
    at: minutesAgo(5),
    expires_at: minutesAgo(-60),
    overrides: [],
    state: "open",
    ...changes,
  };
}
