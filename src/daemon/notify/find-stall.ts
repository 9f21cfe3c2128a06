import type { TargetState } from "../../model/daemon-records.ts";
import { STILL_TRYING } from "../../plan/policy/status-reasons.ts";
import type { StalledDetails } from "./event.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/**
 * Whether a target takes too long, and since when; null when it does not. Waiting for people (an approval, a window, a pause) is no stall,
 * but passes still have to complete; of a paused target nothing is expected. After a start the limits count again from the first pass.
 */
export function findStall(
  state: TargetState,
  facts: Pick<NotifyFacts, "now" | "poll_ms" | "limits" | "watched_since" | "unlooked_since">,
): Omit<StalledDetails, "type"> | null {
  const limit = facts.limits.polls * facts.poll_ms;
  const { now, unlooked_since } = facts;
  // A time in the future was written by a clock that ran ahead, and proves nothing.
  const later = (since: string) =>
    unlooked_since !== null && (unlooked_since > since || since > now) ? unlooked_since : since;
  const over = (since: string, limit_ms: number) => Date.parse(now) - Date.parse(later(since)) > limit_ms;
  const stall = (cause: StalledDetails["cause"], since: string, limit_ms: number) =>
    over(since, limit_ms) ? { cause, since, limit_ms } : null;
  switch (state.status.state) {
    case "Paused":
      return null;
    case "Waiting":
      return stall("waiting", state.status.since, facts.limits.waiting_ms) ?? stall("no_pass", state.updated_at, limit);
    case "OutOfSync":
      // A pass that gets through by itself ends these two; before that, work may have been waited for without a success.
      if (STILL_TRYING.has(state.status.reason)) return stall("no_success", state.status.since, limit);
      return stall("no_pass", state.updated_at, limit);
    case "AwaitingApproval":
      return stall("no_pass", state.updated_at, limit);
    case "Synced":
    case "Invalid":
    case "Failed":
    case "Inconclusive":
      return stall("no_success", state.last_success_at ?? facts.watched_since, limit);
  }
}
