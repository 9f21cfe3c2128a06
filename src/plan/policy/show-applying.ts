import type { Address } from "../../model/address.ts";
import type { Status } from "../../model/passes/status.ts";
import { describeOutOfService } from "./explain-held.ts";
import { STATUS_REASONS, type StatusReason } from "./status-reasons.ts";

/** A pass that has written and is not on record yet, on any replica. Times are ISO 8601 in UTC, by the store's clock. */
export interface Applying {
  /** When its first write was sent. */
  readonly since: string;
  /** When its last write was sent that took effect. */
  readonly last_write_at: string;
  /** What it, or the rollout that it continues, has drained on the way and not put back into service. */
  readonly out_of_service: readonly Address[];
}

/**
 * The status of a target while a pass applies: what is on record says nothing of it. Only that the live state matches the manifests is certainly
 * wrong by then; any other state stays until the pass ends. Null: none applies.
 */
export function showApplying(status: Status, applying: Applying | null): Status {
  if (applying === null) return status;
  const { since, last_write_at, out_of_service } = applying;
  const what = `A pass is applying since ${showMoment(since)}; its last write was at ${showMoment(last_write_at)}.${describeOutOfService(out_of_service)}`;
  if (status.state !== "Synced") {
    const stop = /[.!?]$/.test(status.message) ? "" : ".";
    return { ...status, message: `${status.message}${stop} ${what}` };
  }
  const reason: StatusReason = "Applying";
  const recorded = `The last recorded status is ${status.state} (${status.reason}).`;
  return { state: STATUS_REASONS[reason], reason, message: `${what} ${recorded}`, since };
}

/** To the second. */
function showMoment(iso: string): string {
  return `${iso.slice(0, 19)}Z`;
}
