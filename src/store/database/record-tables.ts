import type { Alarm } from "../../model/daemon/alarm.ts";
import type { AppliedRevision, OutboxEntry, PassRequest, Pause } from "../../model/daemon/daemon-records.ts";
import type { Approval } from "../../model/passes/approval.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { Decision } from "../../model/passes/decision.ts";
import type { KeptPlan, PassRecord } from "../../model/passes/pass.ts";
import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { RequestsTrouble } from "../../model/reviews/request-records.ts";
import type { NumberedRow } from "./next-seq.ts";

/** A value that is kept as a whole: one for each target. `body` is JSON. */
export interface BodyRow {
  readonly target: string;
  readonly body: string;
}

/** Rules by which plans are sealed, a `Sealing` as JSON; `id` is its SHA-256. Kept permanently. */
export interface SealingRow {
  readonly id: string;
  readonly body: string;
}

/** A revision that was applied in full. */
export interface AppliedRow extends AppliedRevision, NumberedRow {}

/** When a write was proven last: one row with the id 1. */
export interface ProbeRow {
  readonly id: number;
  readonly at: string;
}

/** `outcome` is JSON. */
export interface PassRow extends Omit<PassRecord, "outcome">, NumberedRow {
  readonly outcome: string;
}

/** `body` is the plan as JSON, of which `body_hash` is the SHA-256; "" in what an older release wrote. */
export interface PlanRow extends Omit<KeptPlan, "plan" | "sealed_by">, NumberedRow {
  readonly body: string;
  readonly body_hash: string;
  /** The id of the rules by which it is sealed; "": not known. */
  readonly sealed_by: string;
}

/** `overrides` and `allowances` are JSON. Of one digest of a target, the table holds one at most that is open or running. */
export interface ApprovalRow extends Omit<Approval, "overrides" | "allowances">, NumberedRow {
  readonly overrides: string;
  readonly allowances: string;
}

/** `effects` and `lifts` are JSON. */
export interface DecisionRow extends Omit<Decision, "effects" | "lifts"> {
  readonly effects: string;
  readonly lifts: string;
}

/** The number of the target's last decision. A transaction that changes it has the target's decisions to itself until it ends. */
export interface DecisionCountRow {
  readonly target: string;
  readonly last: number;
}

/** `details` is JSON. */
export interface AuditRow extends Omit<AuditEntry, "details">, NumberedRow {
  readonly details: string;
}

/** `body` is the record and `review` what was said last, both JSON; `settled` 1: nothing more is to be said. */
export interface ReviewRow {
  readonly target: string;
  /** As `nameRequest` names it. */
  readonly request: string;
  readonly number: number;
  readonly place: string;
  readonly opened: string | null;
  readonly settled: number;
  /** Of the record; "": not known, as of one that an older release wrote. */
  readonly head: string;
  /** 1: the record has comments that may be rejections and can't be judged for now, or it is not known. */
  readonly undecided: number;
  readonly body: string;
  readonly review: string;
  /** Of the review, as in {@link PlanRow}. */
  readonly sealed_by: string;
  readonly updated_at: string;
}

/** What a plan did that a request showed. `effects` as `packEffects` writes them. Goes with its review. */
export interface ShownPlanRow {
  readonly target: string;
  /** As `nameRequest` names it. */
  readonly request: string;
  readonly digest: string;
  /** Of the request, in lower case; "": of an older release, which did not keep it. */
  readonly author: string;
  readonly effects: string;
}

/** One commit of a merge queue, for one target. */
export interface MergeGroupRow {
  readonly target: string;
  readonly commit_id: string;
  readonly place: string;
  readonly body: string;
  readonly updated_at: string;
}

/** Stays when it was delivered, so that the same message is not sent again. */
export interface OutboxRow extends Omit<OutboxEntry, "left_out" | "replaces">, NumberedRow {
  /** What it is about. Those of one receiver and target are a line, in the order of their numbers. */
  readonly target: string;
  /** When it was taken last, as a number; 0: never, or its receiver was at rest then and it has its turn yet. */
  readonly turn: number;
  /** 1: until it is due, nothing of its receiver is. */
  readonly rests: number;
  /** So many messages it reports that had no room; 0: it is a usual one. */
  readonly left_out: number;
  /** The process that has taken it, as JSON, until it is put off or has ended; empty: none. */
  readonly sender: string;
  readonly added_at: string;
  readonly ended_at: string | null;
}

/** `untold` is JSON. */
export interface AlarmRow extends Omit<Alarm, "untold"> {
  readonly untold: string;
}

export interface DeliveryRow {
  readonly id: string;
  readonly taken_at: string;
}

/** A session of the page that was ended before its time; pruned once it is over anyway. */
export interface EndedSessionRow {
  readonly id: string;
  readonly expires_at: string;
}

/** Of a target whose pull requests could not be looked at last. */
export interface RequestsTroubleRow extends RequestsTrouble {
  readonly target: string;
}

/** How often all sessions of a token were ended; no row: never. */
export interface SessionEpochRow {
  readonly token: string;
  readonly epoch: number;
}

/** The tables of what a daemon keeps, the same in SQLite and PostgreSQL. What is flat has a column for each field. */
export interface RecordTables {
  readonly target_state: BodyRow;
  readonly sealing: SealingRow;
  readonly sighting_list: BodyRow;
  readonly pass_record: PassRow;
  /** `revision`: as `writeDestination` writes it. */
  readonly pass_request: Omit<PassRequest, "destination"> & { readonly revision: string | null };
  readonly kept_plan: PlanRow;
  readonly approval: ApprovalRow;
  readonly decision: DecisionRow;
  readonly decision_count: DecisionCountRow;
  readonly pause: Required<Pause>;
  readonly applied_revision: AppliedRow;
  readonly request_review: ReviewRow;
  readonly shown_plan: ShownPlanRow;
  readonly merge_group: MergeGroupRow;
  readonly known_authors: BodyRow;
  readonly requests_trouble: RequestsTroubleRow;
  readonly audit_entry: AuditRow;
  readonly told_comment: ReportedComment;
  readonly alarm: AlarmRow;
  readonly outbox_entry: OutboxRow;
  readonly webhook_delivery: DeliveryRow;
  readonly ended_session: EndedSessionRow;
  readonly session_epoch: SessionEpochRow;
  readonly store_probe: ProbeRow;
}
