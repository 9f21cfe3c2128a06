import type { TargetState } from "../../model/daemon-records.ts";
import { judgeOtherWrites } from "../../plan/policy/follow-other-writes.ts";
import { createEvent, sortNames } from "./create-event.ts";
import type { NotifyEvent } from "./event.ts";
import { findStall } from "./find-stall.ts";
import type { Raised } from "./follow-alarms.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/** The target is stalled: reported once for each stall. */
export function findStalled(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  const stall = findStall(after, facts);
  return stall === null ? [] : [createEvent(after, facts, [stall.cause, stall.since], { type: "stalled", ...stall })];
}

/** Work waits in queues without a reachable cluster: reported once for each queue and time at which this was first seen. */
export function findUnreachable(_before: unknown, after: TargetState, facts: NotifyFacts): readonly Raised[] {
  return facts.unreachable
    .filter(({ waiting }) => waiting > 0)
    .map(({ queue, waiting, reason, since }) =>
      createEvent(after, facts, [queue, since], { type: "queue_unreachable", queue, waiting, reason, since }),
    );
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
