import type { TargetState } from "../model/daemon-records.ts";
import type { State, Status } from "../model/status.ts";
import type { StatusReason } from "../policy/status-reasons.ts";
import { createEvent, hashMark, sortNames } from "./create-event.ts";
import type { NotifyEvent } from "./event.ts";
import { findStall } from "./find-stall.ts";
import type { NotifyFacts } from "./notify-facts.ts";

const BAD: ReadonlySet<State> = new Set<State>(["Failed", "Invalid"]);

/** In these nothing is known to be well again, or nothing is expected. */
const UNDECIDED: ReadonlySet<State> = new Set<State>([...BAD, "Inconclusive", "Paused"]);
const STILL_TRYING: ReadonlySet<string> = new Set<StatusReason>(["Retrying", "Interrupted"]);

/** What people were told of as bad is over. A short time in which nothing could be told is no news, and its end neither. */
export function findRecovered(
  before: TargetState | null,
  after: TargetState,
  facts: NotifyFacts,
): readonly NotifyEvent[] {
  if (before === null || !wasTold(before, facts)) return [];
  if (!isWell(after.status) || findStall(after, facts) !== null) return [];
  const { state: was, since } = before.status;
  return [createEvent(after, facts, [before.last_success_at, since], { type: "recovered", was, since })];
}

function isWell({ state, reason }: Status): boolean {
  return !UNDECIDED.has(state) && !STILL_TRYING.has(reason);
}

function wasTold(before: TargetState, facts: NotifyFacts): boolean {
  if (BAD.has(before.status.state) || before.failures > 0) return true;
  return findStall(before, facts) !== null;
}

/** Something was changed outside: told again when other objects are concerned. */
export function findDriftFound(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const objects = sortNames(facts.drift);
  if (after.drift_since === null || objects.length === 0) return [];
  const authors = listAuthors(objects, facts);
  return [
    createEvent(after, facts, [after.drift_since, hashMark(objects)], {
      type: "drift_found",
      since: after.drift_since,
      objects,
      ...(authors.length > 0 && { changed_by: authors }),
    }),
  ];
}

/** No part of what makes an event the same: who did it may be told later than what was done. */
function listAuthors(objects: readonly string[], { plan }: NotifyFacts): readonly string[] {
  const changes = plan?.plan.changes.filter(({ address }) => objects.includes(address)) ?? [];
  return sortNames(changes.flatMap(({ changed_by }) => changed_by ?? []));
}

/** Objects are left alone because they were changed again each time: told once for those that are from one moment on. */
export function findContested(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const groups = Map.groupBy(after.contests, ({ held_since }) => held_since);
  return [...groups].flatMap(([since, contests]) => {
    if (since === null) return [];
    const authors = sortNames(contests.flatMap(({ changed_by }) => changed_by ?? []));
    const details = {
      type: "drift_contested" as const,
      since,
      objects: contests.map(({ address }) => address),
      ...(authors.length > 0 && { changed_by: authors }),
      contests: contests.map(({ address, reverted_at, changed_by }) => ({
        address,
        reverts: reverted_at.length,
        changed_by,
      })),
    };
    return [createEvent(after, facts, [since], details)];
  });
}

/** What was changed outside is no more. */
export function findDriftGone(
  before: TargetState | null,
  after: TargetState,
  facts: NotifyFacts,
): readonly NotifyEvent[] {
  const since = before?.drift_since ?? null;
  if (since === null || after.drift_since !== null) return [];
  return [createEvent(after, facts, [since], { type: "drift_gone", since })];
}
