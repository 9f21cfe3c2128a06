import type { TargetState } from "../model/daemon/daemon-records.ts";
import { STATUS_REASONS, type StatusReason } from "../plan/policy/status-reasons.ts";

/** The state of a target before its first pass. */
export function emptyState(target: string, now: string): TargetState {
  const reason: StatusReason = "NotLookedAt";
  const message = "Not reconciled yet.";
  return {
    target,
    status: { state: STATUS_REASONS[reason], reason, message, since: now },
    last_pass: null,
    applied_revision: null,
    first_revision: null,
    good_revision: null,
    pinned_revision: null,
    last_success_at: null,
    failures: 0,
    drift_since: null,
    looked_at: null,
    drifted: [],
    contests: [],
    objects: [],
    unreachable: [],
    updated_at: now,
  };
}
