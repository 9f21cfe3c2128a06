import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { listReverted } from "../../plan/policy/follow-contests.ts";
import { createEvent, hashMark, sortNames } from "./create-event.ts";
import type { NotifyEvent } from "./event.ts";
import { listKilledBefore, type NotifyFacts } from "./notify-facts.ts";

/** Something was changed outside: reported again when other objects are affected. */
export function findDriftFound(
  before: TargetState | null,
  after: TargetState,
  facts: NotifyFacts,
): readonly NotifyEvent[] {
  const killed = findSetBack(before, after, facts);
  const objects = sortNames(facts.drift);
  if (after.drift_since === null || objects.length === 0) return killed;
  const authors = listAuthors(objects, facts);
  const outcome = after.last_pass?.outcome;
  const report = outcome !== undefined && "report" in outcome ? outcome.report : null;
  const reverted = listReverted(report, new Set(facts.drift));
  return [
    ...killed,
    createEvent(after, facts, [after.drift_since, hashMark(objects)], {
      type: "drift_found",
      since: after.drift_since,
      objects,
      ...(authors.length > 0 && { changed_by: authors }),
      ...(reverted.size > 0 && { set_back: sortNames([...reverted]) }),
    }),
  ];
}

/**
 * Reverts of a pass that was killed before it was on record: the next one reports them, and the end of the drift where nothing else is
 * changed outside.
 */
function findSetBack(before: TargetState | null, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const writes = listKilledBefore(after, facts).filter(({ decided_by }) => decided_by === "drift");
  const [first] = writes;
  if (first === undefined) return [];
  const known = before?.drift_since ?? after.drift_since;
  const since = known ?? first.at;
  const objects = sortNames(writes.map(({ address }) => address));
  const found = { type: "drift_found", since, objects, set_back: objects } as const;
  const gone = known === null ? [createEvent(after, facts, [since], { type: "drift_gone", since })] : [];
  return [createEvent(after, facts, [since, hashMark(objects)], found), ...gone];
}

/** Not part of the event's identity: who did it may be known later than what was done. */
function listAuthors(objects: readonly string[], { plan }: NotifyFacts): readonly string[] {
  const changes = plan?.plan.changes.filter(({ address }) => objects.includes(address)) ?? [];
  return sortNames(changes.flatMap(({ changed_by }) => changed_by ?? []));
}

/** Reverts of objects were suspended because they were changed again each time: reported once for those of one moment. */
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
