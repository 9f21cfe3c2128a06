import type { EventDetails, NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { NOW } from "./make-state.ts";

/** An event of `production`. */
export function makeEvent(details: EventDetails, target = "production"): NotifyEvent {
  return {
    key: `${target}/${details.type}/1`,
    at: NOW,
    target,
    revision: "4f2a9c1d0b8e7f6a",
    run_id: "run-1",
    status: { state: "OutOfSync", reason: "Drift", message: "2 objects differ.", since: NOW },
    ...details,
  };
}

/** An event that a test sends when it does not matter which. */
export const REFUSED: EventDetails = { type: "refused", message: "Commit 4f2a9c1d is not signed." };

/** One of each type. */
export const ALL_EVENTS: readonly NotifyEvent[] = (
  [
    {
      type: "applied",
      done: { add: 1, change: 2, replace: 0, destroy: 0 },
      objects: ["queue.a", "queue.b"],
      begun: [],
      left_drained: [],
      held: 1,
      approved_by: "oncall",
      approval: "approval-1",
    },
    {
      type: "changed",
      previous_seq: 40,
      last_seq: 41,
      changes: [
        {
          ...{ seq: 41, at: NOW, object: "queue.a", address: "queue.a", op: "update", origin: "commit" },
          ...{ before: { run_concurrency: 1 }, after: { run_concurrency: 2 }, revision: "4f2a9c1d0b8e7f6a" },
          ...{ plan: "3b1f0c9a7d52e4f6a8b7", decided_by: "approval", by: "oncall", approval: "approval-1" },
          ...{ overrides: [], via: "daemon", run_id: "run-1", result: "confirmed" },
        },
      ],
    },
    {
      type: "failed",
      step: "apply",
      code: "permission_denied",
      message: "QueueService/UpdateQueue at https://acme.example.com was refused. Give the account the right to it.",
      objects: ["queue.a"],
      done: { add: 1, change: 0, replace: 0, destroy: 0 },
      left_drained: ["queue.b"],
    },
    { type: "recovered", alarm: "failed", was: "Failed", subject: null, since: NOW },
    {
      type: "approval_needed",
      digest: "3b1f0c9a7d52e4f6a8b7",
      summary: { add: 0, change: 0, replace: 1, destroy: 0 },
      objects: ["cluster.gpu-1"],
    },
    { type: "drift_found", since: NOW, objects: ["queue.a"] },
    { type: "drift_gone", since: NOW },
    {
      type: "drift_contested",
      since: NOW,
      objects: ["queue.a"],
      changed_by: ["autoscaler"],
      contests: [{ address: "queue.a", reverts: 5, changed_by: "autoscaler" }],
    },
    { type: "stalled", cause: "waiting", since: NOW, limit_ms: 21_600_000 },
    { type: "queue_unreachable", queue: "gpu", waiting: 3, reason: "it selects no healthy cluster", since: NOW },
    {
      type: "left_behind",
      objects: ["cluster.c3"],
      message: "cluster.c3 was written by an interrupted apply.",
      since: NOW,
    },
    {
      type: "other_writer",
      objects: ["queue.a"],
      message: "Somebody else seems to work on this target.",
      since: NOW,
      changed_by: ["deploy@example.com"],
    },
    { type: "invalid", errors: 2, first: ["queues/a.yaml:3: unknown field clutsers"], left_drained: ["cluster.c1"] },
    REFUSED,
    { type: "heartbeat", applied_revision: "4f2a9c1d0b8e7f6a", last_success_at: NOW, drift: 0 },
    { type: "left_out", messages: 12, since: NOW },
  ] satisfies readonly EventDetails[]
).map((details) => makeEvent(details));
