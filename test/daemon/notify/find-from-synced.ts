import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import type { NotifyFacts } from "../../../src/daemon/notify/notify-facts.ts";
import type { Alarm, AlarmType } from "../../../src/model/daemon/alarm.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import type { PassOutcome } from "../../../src/model/passes/pass.ts";
import { makeFacts, makeReport, makeState, minutesAgo } from "./make-state.ts";

/** An open alarm. */
export const makeAlarm = (type: AlarmType, changes: Partial<Alarm> = {}): Alarm => ({
  ...{ target: "production", type, subject: "", serial: 1, since: minutesAgo(5), ended_at: null, ...changes },
});

/** A target at rest. */
export const SYNCED = makeState("Synced", { kind: "synced" });

/** A pass that failed. */
export const FAILED = {
  kind: "failed",
  step: "apply",
  code: "permission_denied",
  message: "Not allowed.",
  report: makeReport({ status: "failed" }),
} satisfies PassOutcome;

/** The events of a pass that found this, after a state. */
export function find(after: TargetState, facts: Partial<NotifyFacts> = {}, before: TargetState | null = SYNCED) {
  return findEvents(before, after, makeFacts(facts)).events;
}

/** The key of the one event of such a pass. */
export function keyOf(after: TargetState, facts: Partial<NotifyFacts> = {}): string | undefined {
  return find(after, facts)[0]?.key;
}
