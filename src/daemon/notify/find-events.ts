import type { Alarm } from "../../model/daemon/alarm.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { EVENT_TYPES } from "../../model/daemon/notification-names.ts";
import { type ChangeEntry, nameObject } from "../../model/ledger/change-log.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import type { State, Status } from "../../model/passes/status.ts";
import { hideFiles } from "../../model/plan/hide-files.ts";
import { STILL_TRYING } from "../../plan/policy/status-reasons.ts";
import { nameControlPlane } from "../../reconcile/name-target-place.ts";
import { createEvent } from "./create-event.ts";
import type { NotifyEvent, ReportedChange } from "./event.ts";
import { findApprovalNeeded } from "./find-approval-needed.ts";
import { findApplied, findFailed, findInvalid, findRefused } from "./find-outcome-events.ts";
import { findContested, findDriftFound, findDriftGone } from "./find-turn-events.ts";
import {
  findHeartbeatEvent,
  findLeftBehind,
  findOtherWriter,
  findStalled,
  findUnreachable,
} from "./find-watch-events.ts";
import { type Followed, followAlarms, type Raised } from "./follow-alarms.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/** Finds the events of one type, if any. */
type FindEvents<Event, Facts = NotifyFacts> = (
  before: TargetState | null,
  after: TargetState,
  facts: Facts,
) => readonly Event[];

/** Events that are reported each time, under keys that prevent duplicates at receivers. */
const FACTS: readonly FindEvents<NotifyEvent>[] = [
  findApplied,
  findChanged,
  findApprovalNeeded,
  findDriftFound,
  findDriftGone,
  findContested,
  findHeartbeatEvent,
];
/** What a pass found; time brings nothing of it. */
const OUTCOMES: readonly FindEvents<Raised, Pick<NotifyFacts, "now">>[] = [findFailed, findInvalid, findRefused];
/** Alarms: states that last, and whose end is reported. */
const ALARMS: readonly FindEvents<Raised>[] = [
  ...OUTCOMES,
  findStalled,
  findUnreachable,
  findLeftBehind,
  findOtherWriter,
];

/**
 * The events of a target after a pass, in the order of `EVENT_TYPES`, and the alarms that it opens and ends. Only what the pass examined
 * ends an alarm. Written in one transaction with the state, so that a crash loses none and duplicates none.
 */
export function findEvents(before: TargetState | null, after: TargetState, facts: NotifyFacts): Followed {
  const raised = ALARMS.flatMap((find) => find(before, after, facts));
  const supposed = facts.alarms.length === 0 ? supposeAlarms(before, facts) : [];
  const followed = followAlarms(after, raised, {
    ...{ now: facts.now, alarms: facts.alarms, supposed, was: (before ?? after).status.state },
    isOver: (alarm) => isEnded(alarm, after),
  });
  const events = [...FACTS.flatMap((find) => find(before, after, facts)), ...followed.events];
  const order = (event: NotifyEvent) => EVENT_TYPES.indexOf(event.type);
  return { ...followed, events: events.toSorted((one, other) => order(one) - order(other)) };
}

/** Events that follow from time alone, for between two passes: all others follow from the result of a pass and are sent with it. Ends no alarm. */
export function findTimedEvents(state: TargetState, facts: NotifyFacts): Followed {
  const { now, alarms } = facts;
  // The state may have been read before the pass that reported the end was recorded.
  const isStale = alarms.some(
    ({ type, ended_at }) => type === "stalled" && ended_at !== null && ended_at > state.updated_at && ended_at <= now,
  );
  const raised = isStale ? [] : findStalled(state, state, facts);
  const followed = followAlarms(state, raised, {
    ...{ now, alarms, supposed: [], was: state.status.state },
    isOver: () => false,
  });
  return { ...followed, events: [...followed.events, ...findHeartbeatEvent(state, state, facts)] };
}

/** The reports of an earlier release, which kept no alarms. */
function supposeAlarms(before: TargetState | null, facts: NotifyFacts): readonly Alarm[] {
  if (before === null) return [];
  const { target, status } = before;
  const found = OUTCOMES.flatMap((find) => find(before, before, facts));
  return found.map(({ type }) => ({ target, type, subject: "", serial: 1, since: status.since, ended_at: null }));
}

/** Whether an alarm that is not raised any more is over, by what the pass looked at. */
function isEnded({ type, subject }: Alarm, state: TargetState): boolean {
  const { status, last_pass, looked_at } = state;
  switch (type) {
    case "failed":
      return isWell(status);
    case "stalled":
      return isWell(status) && !isLeftAt(subject, state);
    case "invalid":
    case "refused":
      return last_pass !== null && PLANNED.has(last_pass.outcome.kind);
    case "queue_unreachable":
    case "left_behind":
    case "other_writer":
      // Of a target that is elsewhere now nothing is kept.
      return last_pass !== null && looked_at === last_pass.started_at;
  }
}

/** Whether a rollout is half-way at a control plane that the target had before and does not have again. */
function isLeftAt(subject: string, { place = "", former = [], left_behind = [] }: TargetState): boolean {
  if (subject === "" || nameControlPlane(place) === subject) return false;
  const isBegun = former.some((one) => one.begun != null && nameControlPlane(one.place) === subject);
  return isBegun || left_behind.some((one) => one.place === subject);
}

/** Passes that read manifests without a mistake, of a revision that may be applied. */
const PLANNED: ReadonlySet<PassOutcome["kind"]> = new Set(["synced", "applied", "waiting", "held", "blocked"]);

/** In these nothing is known to be well again, or nothing is expected. */
const UNDECIDED: ReadonlySet<State> = new Set<State>(["Failed", "Invalid", "Inconclusive", "Paused"]);

function isWell({ state, reason }: Status): boolean {
  return !UNDECIDED.has(state) && !STILL_TRYING.has(reason);
}

/** Most writes in one message. */
const MOST_CHANGES = 100;

/**
 * The writes, in consecutive messages: each names the last entry of the one before it. They are sent again from there where a pass was
 * killed before it had recorded its progress.
 */
function findChanged(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const { previous_seq = null, entries = [] } = facts.unreported ?? {};
  const events: NotifyEvent[] = [];
  let previous = previous_seq;
  for (let start = 0; start < entries.length; start += MOST_CHANGES) {
    const changes = entries.slice(start, start + MOST_CHANGES).map(reportChange);
    const last_seq = changes.at(-1)?.seq ?? 0;
    const range = `${previous ?? "none"}-${last_seq}`;
    events.push(createEvent(after, facts, [range], { type: "changed", previous_seq: previous, last_seq, changes }));
    previous = last_seq;
  }
  return events;
}

function reportChange(entry: ChangeEntry): ReportedChange {
  const { seq, at, address, op, origin, revision, decided_by, by, approval, overrides, via, run_id, result } = entry;
  return {
    ...{ seq, at, object: nameObject(entry), address, op },
    before: hideFiles(entry.kind, entry.before),
    after: hideFiles(entry.kind, entry.after),
    ...{ origin, revision, plan: entry.digest, decided_by, by, approval, overrides, via, run_id, result },
    ...(entry.withheld === true && { withheld: true as const }),
    ...(entry.left_out === true && { left_out: true as const }),
    ...(entry.too_large !== undefined && { too_large: entry.too_large }),
  };
}
