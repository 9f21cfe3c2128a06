import type { AlarmType } from "../../model/daemon/alarm.ts";
import type { EventType } from "../../model/daemon/notification-names.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import type { PassStep } from "../../model/passes/pass.ts";
import type { State, Status } from "../../model/passes/status.ts";
import type { Summary } from "../../model/plan/plan.ts";
import type { OtherWrite } from "./list-other-writes.ts";

/** Sent only to receivers that list them by name: they are for programs, or only prove that the daemon is alive. */
export const EVENTS_ON_REQUEST: ReadonlySet<EventType> = new Set<EventType>(["changed", "heartbeat"]);

/** A fact that receivers are notified of. Survives JSON; contains no secret. */
export type NotifyEvent = EventFrame & EventDetails;

/** What every event has. */
export interface EventFrame {
  /** The same fact has the same key, on every replica and each time it is found; a fact that changed has another. */
  readonly key: string;
  /** When it was found, ISO 8601 in UTC, by the store's clock. */
  readonly at: string;
  readonly target: string;
  /** The revision that the last pass was about; null where it reached none. */
  readonly revision: string | null;
  /** The last pass; null before the first. */
  readonly run_id: string | null;
  readonly status: Status;
}

/** The fields of each type. `objects` are addresses, sorted. */
export type EventDetails =
  | AppliedDetails
  | ChangedDetails
  | FailedDetails
  | RecoveredDetails
  | ApprovalDetails
  | DriftDetails
  | ContestedDetails
  | { readonly type: "drift_gone"; readonly since: string }
  | StalledDetails
  | UnreachableDetails
  | LeftBehindDetails
  | OtherWriterDetails
  | InvalidDetails
  | { readonly type: "refused"; readonly message: string }
  | HeartbeatDetails
  | LeftOutDetails;

export interface AppliedDetails {
  readonly type: "applied";
  /** What was applied in full. */
  readonly done: Summary;
  /** Of which something was written. */
  readonly objects: readonly string[];
  /** Of which something was written, but not all; a later pass continues. */
  readonly begun: readonly string[];
  /** What is out of service until it continues. */
  readonly left_drained: readonly string[];
  /** What was written to for the objects beside themselves; left out: nothing. */
  readonly other_writes?: readonly OtherWrite[];
  /** How many changes of the plan were left. */
  readonly held: number;
  /** Whose approval it ran under, and its id; null where it needed none. */
  readonly approved_by: string | null;
  readonly approval: string | null;
}

/** Writes of the change log, in its order. */
export interface ChangedDetails {
  readonly type: "changed";
  /** The number of the last entry of the previous message of this kind; null: there was none. A receiver with another number has missed some. */
  readonly previous_seq: number | null;
  /** The number of the last entry in this message. */
  readonly last_seq: number;
  readonly changes: readonly ReportedChange[];
}

/** One write of the change log: sensitive values are sealed, and files are given by their length. */
export interface ReportedChange
  extends Pick<
    ChangeEntry,
    | "seq"
    | "at"
    | "address"
    | "op"
    | "before"
    | "after"
    | "origin"
    | "revision"
    | "decided_by"
    | "by"
    | "approval"
    | "overrides"
    | "via"
    | "run_id"
    | "result"
    | "withheld"
    | "left_out"
    | "too_large"
  > {
  /** What was written to, by its name in the control plane. */
  readonly object: string;
  /** The digest of the whole plan. */
  readonly plan: string;
}

/** A step failed, or a check of the plan: then `step` is `guard` and `code` is `check_failed`. */
export interface FailedDetails {
  readonly type: "failed";
  readonly step: PassStep;
  readonly code: string;
  readonly message: string;
  readonly objects: readonly string[];
  /** What was applied nevertheless; null where nothing was begun. */
  readonly done: Summary | null;
  /** What is out of service until the plan continues. */
  readonly left_drained: readonly string[];
}

/** An alarm is over. */
export interface RecoveredDetails {
  readonly type: "recovered";
  /** The type of the alarm. */
  readonly alarm: AlarmType;
  /** The target's state before the pass that ended it. */
  readonly was: State;
  /** The queue, the address or the former control plane that it was about; null: the target as a whole, or all that were reported together. */
  readonly subject: string | null;
  /** When it was first reported. */
  readonly since: string;
}

export interface ApprovalDetails {
  readonly type: "approval_needed";
  readonly digest: string;
  /** Of the whole plan; null where it is not known. */
  readonly summary: Summary | null;
  /** What waits for the approval. */
  readonly objects: readonly string[];
}

export interface DriftDetails {
  readonly type: "drift_found";
  readonly since: string;
  readonly objects: readonly string[];
  /** Who changed them last, sorted; left out where the control plane does not say. */
  readonly changed_by?: readonly string[];
  /** Those of them that the pass that found it has set back; left out: none. */
  readonly set_back?: readonly string[];
}

/** Objects that are left alone from one moment on: each was changed again every time it was set back. */
export interface ContestedDetails {
  readonly type: "drift_contested";
  readonly since: string;
  readonly objects: readonly string[];
  /** Who changed them last, sorted; left out where the control plane does not say. */
  readonly changed_by?: readonly string[];
  /** Each of the objects: how often it was reverted, and who changed it last; null: unknown. */
  readonly contests: readonly ReportedContest[];
}

export interface ReportedContest {
  readonly address: string;
  readonly reverts: number;
  readonly changed_by: string | null;
}

export interface StalledDetails {
  readonly type: "stalled";
  /**
   * `no_success`: no run succeeded; `no_pass`: no run completed; `applying`: the running one writes nothing more; `waiting`: work does not drain; `removed`: the target, or its control
   * plane, was removed from the configuration during a rollout.
   */
  readonly cause: "no_success" | "no_pass" | "applying" | "waiting" | "removed";
  readonly since: string;
  /** How long it may last, in milliseconds. */
  readonly limit_ms: number;
  /** What the rollout had begun, and how that is left; of `removed` alone, as all that follows. */
  readonly objects?: readonly string[];
  readonly message?: string;
  /**
   * What it drained, queues that it wrote out in place of `*`, and registrations whose former one is still there, without queues where none can be
   * deleted: each as `kind.name`.
   */
  readonly drained?: readonly string[];
  /** The queues among those that it drained which it also set to `*`. */
  readonly parked?: readonly ParkedQueue[];
  readonly written_out?: readonly string[];
  readonly registered?: readonly string[];
  /** The control plane that was removed; left out: the target itself was. */
  readonly place?: string;
}

/** A queue that is out of service on `*`: put into service so, it would get the work of clusters that it did not name. */
export interface ParkedQueue {
  /** As `kind.name`. */
  readonly object: string;
  /** What it named before; null: it is not known. */
  readonly clusters: readonly string[] | null;
}

/** Another writer seems to manage the target like this daemon. */
export interface OtherWriterDetails {
  readonly type: "other_writer";
  readonly objects: readonly string[];
  readonly message: string;
  /** When the first trace was found. */
  readonly since: string;
  /** Who wrote, sorted; left out where the control plane does not say. */
  readonly changed_by?: readonly string[];
}

export interface UnreachableDetails {
  readonly type: "queue_unreachable";
  /** Its name in the control plane; "": it is about `more` queues. */
  readonly queue: string;
  /** How much waits: runs and actions that were not begun. */
  readonly waiting: number;
  readonly reason: string;
  readonly since: string;
  /** So many queues beyond those that are reported one by one; left out: it is about one. */
  readonly more?: number;
}

export interface LeftBehindDetails {
  readonly type: "left_behind";
  /** The one object, by address; none: it is about `more` objects. */
  readonly objects: readonly string[];
  /** The place that the target had before, where its change was left half-way; left out: it is at one of the target's. */
  readonly place?: string;
  /** What it is and what can be done. */
  readonly message: string;
  readonly since: string;
  /** So many objects beyond those that are reported one by one; left out: it is about one. */
  readonly more?: number;
}

export interface InvalidDetails {
  readonly type: "invalid";
  readonly errors: number;
  /** The first of them, one line each: `FILE:LINE: SUMMARY`. */
  readonly first: readonly string[];
  /** What a rollout has drained that was interrupted before: it takes no work until it continues. */
  readonly left_drained: readonly string[];
}

export interface HeartbeatDetails {
  readonly type: "heartbeat";
  readonly applied_revision: string | null;
  readonly last_success_at: string | null;
  /** How many objects drift now. */
  readonly drift: number;
}

/** Messages for which there was no room. Sent to each receiver that has missed some. */
export interface LeftOutDetails {
  readonly type: "left_out";
  /** What several passes find counts each time, but for an alarm that stays open. */
  readonly messages: number;
  readonly since: string;
}
