import type { Address } from "../../model/address.ts";
import type { PassRecord } from "../../model/passes/pass.ts";
import type { Status } from "../../model/passes/status.ts";
import { describeOutOfService, findDrained } from "./explain-held.ts";
import { type Applying, showApplying } from "./show-applying.ts";
import { STATUS_REASONS, type StatusReason } from "./status-reasons.ts";

/** Why nothing can be recorded now. */
export interface StoreTrouble {
  readonly reason: Extract<StatusReason, "StoreUnavailable">;
  /** When it was noticed first, ISO 8601 in UTC, by the clock of this process: the store's can't be asked. */
  readonly since: string;
  /** In the store's own words. */
  readonly message: string;
}

/** Why the last pass over a target ended without a record, although the store can be written. */
export interface PassTrouble extends Omit<StoreTrouble, "reason"> {
  readonly reason: Extract<StatusReason, "PassFailed">;
  /** The last pass on record at that time, null: none. A later one, by any replica, ends the trouble. */
  readonly recorded: string | null;
}

/** What makes the recorded status of a target out of date. */
export type Trouble = StoreTrouble | PassTrouble;

/** What is on record of a target. */
interface Recorded {
  readonly status: Status;
  readonly last_pass: Pick<PassRecord, "id" | "outcome"> | null;
  /** As of a `TargetState`. */
  readonly out_of_service?: readonly Address[];
}

/** The status of a target now: with what it has of trouble, and of a pass that applies. Null: none. */
export function showNow(known: Recorded, trouble: Trouble | null, applying: Applying | null): Status {
  // All that is out of service on the way is named with the pass that applies, which may have put some of it back.
  const recorded = applying === null ? listOutOfService(known) : [];
  return showApplying(showTrouble(known, trouble, recorded), applying);
}

/**
 * The status of a target while it has trouble: what is on record may be out of date by now, and says so, with what takes no work until a pass is
 * made again. Null: as it is on record.
 */
function showTrouble(known: Recorded, trouble: Trouble | null, outOfService: readonly string[]): Status {
  const { status, last_pass } = known;
  if (trouble === null) return status;
  const { reason, since, message } = trouble;
  if (reason === "PassFailed" && trouble.recorded !== (last_pass?.id ?? null)) return status;
  const recorded = `The last recorded status is ${status.state} (${status.reason}).`;
  const said = `${message} ${OUTLOOK[reason]} ${recorded}${describeOutOfService(outOfService)}`;
  return { state: STATUS_REASONS[reason], reason, message: said, since };
}

/** What the last pass on record left out of service for a change that is not finished. */
function listOutOfService({ last_pass, out_of_service = [] }: Recorded): readonly string[] {
  if (last_pass === null) return out_of_service;
  const { outcome } = last_pass;
  const report = "report" in outcome ? outcome.report : undefined;
  const held = "held" in outcome ? findDrained(outcome.held) : [];
  const blocked = outcome.kind === "blocked" ? (outcome.out_of_service ?? []) : [];
  return [...new Set([...(report?.left_drained ?? []), ...held, ...blocked, ...out_of_service])];
}

const OUTLOOK = {
  StoreUnavailable: "Until the store can be written, no pass is recorded and nothing is applied.",
  PassFailed: "The pass was not recorded; it is tried again, with growing pauses.",
} as const satisfies Record<Trouble["reason"], string>;
