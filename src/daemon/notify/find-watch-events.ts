import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { judgeOtherWrites } from "../../plan/policy/follow-other-writes.ts";
import { showApplying } from "../../plan/policy/show-applying.ts";
import { STILL_TRYING } from "../../plan/policy/status-reasons.ts";
import { createEvent, sortNames } from "./create-event.ts";
import type { NotifyEvent, StalledDetails } from "./event.ts";
import type { Raised } from "./follow-alarms.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/**
 * The target is stalled: reported once for each stall. A pass and a round may find it at the same moment, each by another cause, and
 * neither knows of the other's alarm yet: both name the success that was the last before it.
 */
export function findStalled(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  const stall = findStall(after, facts);
  if (stall === null) return [];
  const shown = { ...after, status: showApplying(after.status, facts.applying ?? null) };
  return [createEvent(shown, facts, [after.last_success_at], { type: "stalled", ...stall })];
}

/**
 * Work waits in queues without a reachable cluster: reported once for each queue and time at which this was first seen. Those that are not on
 * record one by one are raised together.
 */
export function findUnreachable(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  const type = "queue_unreachable" as const;
  const raised = facts.unreachable
    .filter(({ waiting }) => waiting > 0)
    .map(({ queue, waiting, reason, since }) =>
      createEvent(after, facts, [queue, since], { type, queue, waiting, reason, since }),
    );
  const { unreachable_more: more = 0, updated_at: since } = after;
  if (more === 0) return raised;
  return [...raised, createEvent(after, facts, ["", since], { type, queue: "", waiting: 0, reason: "", since, more })];
}

/** An interrupted run left an object that people have to decide about: reported once for each, and again when it comes back. */
export function findLeftBehind(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  return (after.left_behind ?? []).map(({ address, place, message, since }) =>
    createEvent(after, facts, [address, ...(place === undefined ? [] : [place]), since], {
      ...{ type: "left_behind", objects: [address], message, since },
      ...(place !== undefined && { place }),
    }),
  );
}

/** Another writer seems to manage the target: reported once until a day has passed without another trace. */
export function findOtherWriter(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  const judged = judgeOtherWrites(after.other_writes ?? []);
  if (judged === null) return [];
  const { since, message, writes } = judged;
  const objects = sortNames(writes.map(({ address }) => address));
  const changed_by = sortNames(writes.flatMap(({ changed_by }) => changed_by ?? []));
  const who = changed_by.length === 0 ? {} : { changed_by };
  return [createEvent(after, facts, [since], { type: "other_writer", objects, message, since, ...who })];
}

/** Says that the target is still looked after, once each time that the drift schedule comes due. */
export function findHeartbeatEvent(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  if (facts.heartbeat_at === null) return [];
  return [
    createEvent(after, facts, [facts.heartbeat_at], {
      type: "heartbeat",
      applied_revision: after.applied_revision,
      last_success_at: after.last_success_at,
      drift: facts.drift.length,
    }),
  ];
}

/**
 * Whether a target takes too long, and since when; null when it does not. Waiting for people (an approval, a window, a pause) is no stall,
 * but passes still have to complete, or to write within the limit; of a paused target nothing is expected. After a start the limits count again from the first pass.
 */
function findStall(
  state: TargetState,
  facts: Pick<NotifyFacts, "now" | "poll_ms" | "limits" | "watched_since" | "unlooked_since" | "applying">,
): Omit<StalledDetails, "type"> | null {
  const limit = facts.limits.polls * facts.poll_ms;
  const { now, unlooked_since, applying = null } = facts;
  // A time in the future was written by a clock that ran ahead, and proves nothing.
  const later = (since: string) =>
    unlooked_since !== null && (unlooked_since > since || since > now) ? unlooked_since : since;
  const over = (since: string, limit_ms: number) => Date.parse(now) - Date.parse(later(since)) > limit_ms;
  const stall = (cause: StalledDetails["cause"], since: string, limit_ms: number) => {
    if (!over(since, limit_ms)) return null;
    if (applying === null || cause === "waiting") return { cause, since, limit_ms };
    const written = applying.last_write_at;
    return over(written, limit_ms) ? { cause: "applying" as const, since: written, limit_ms } : null;
  };
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
