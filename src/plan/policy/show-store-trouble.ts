import type { Status } from "../../model/passes/status.ts";
import { STATUS_REASONS, type StatusReason } from "./status-reasons.ts";

/** Why nothing can be recorded now. */
export interface StoreTrouble {
  /** When it was noticed first, ISO 8601 in UTC, by the clock of this process: the store's can't be asked. */
  readonly since: string;
  /** In the store's own words. */
  readonly message: string;
}

/** The status of a target while its store has trouble: what is on record may be out of date by now, and says so. Null: as it is on record. */
export function showStoreTrouble(status: Status, trouble: StoreTrouble | null): Status {
  if (trouble === null) return status;
  const reason: StatusReason = "StoreUnavailable";
  const recorded = `${status.state} (${status.reason})`;
  const message = `${trouble.message} Until the store can be written, no pass is recorded and nothing is applied. The last recorded status is ${recorded}.`;
  return { state: STATUS_REASONS[reason], reason, message, since: trouble.since };
}
