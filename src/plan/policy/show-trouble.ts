import type { Status } from "../../model/passes/status.ts";
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
  readonly last_pass: { readonly id: string } | null;
}

/** The status of a target while it has trouble: what is on record may be out of date by now, and says so. Null: as it is on record. */
export function showTrouble({ status, last_pass }: Recorded, trouble: Trouble | null): Status {
  if (trouble === null) return status;
  const { reason, since, message } = trouble;
  if (reason === "PassFailed" && trouble.recorded !== (last_pass?.id ?? null)) return status;
  const recorded = `The last recorded status is ${status.state} (${status.reason}).`;
  return { state: STATUS_REASONS[reason], reason, message: `${message} ${OUTLOOK[reason]} ${recorded}`, since };
}

const OUTLOOK = {
  StoreUnavailable: "Until the store can be written, no pass is recorded and nothing is applied.",
  PassFailed: "The pass was not recorded; it is tried again, with growing pauses.",
} as const satisfies Record<Trouble["reason"], string>;
