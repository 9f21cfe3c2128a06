import type { TargetState } from "../model/daemon-records.ts";
import type { NotifyEvent } from "./event.ts";
import { findApprovalNeeded } from "./find-approval-needed.ts";
import { findApplied, findFailed, findInvalid, findRefused } from "./find-outcome-events.ts";
import { findContested, findDriftFound, findDriftGone, findRecovered } from "./find-turn-events.ts";
import { findHeartbeatEvent, findLeftBehind, findStalled, findUnreachable } from "./find-watch-events.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/** Finds events of one type, none as long as there is nothing to tell. */
export type FindEvents = (before: TargetState | null, after: TargetState, facts: NotifyFacts) => readonly NotifyEvent[];

const FINDERS: readonly FindEvents[] = [
  findApplied,
  findFailed,
  findRecovered,
  findApprovalNeeded,
  findDriftFound,
  findDriftGone,
  findContested,
  findStalled,
  findUnreachable,
  findLeftBehind,
  findInvalid,
  findRefused,
  findHeartbeatEvent,
];

/**
 * What there is to tell of a target after a pass, in the order of `EVENT_TYPES`. It tells what *is*, not what has just become. The keys
 * keep receivers from hearing a fact twice. Only `recovered` and `drift_gone` need `before`: queue the events before the new state is
 * written, and a crash between the two loses none.
 */
export function findEvents(before: TargetState | null, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  return FINDERS.flatMap((find) => find(before, after, facts));
}

/** What time alone brings, for between two passes: all else follows from what a pass found, and is told with it. */
export function findTimedEvents(state: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  return [...findStalled(state, state, facts), ...findHeartbeatEvent(state, state, facts)];
}
