import { ALARMS_OF_MANY, type AlarmType } from "../../model/daemon/alarm.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { createEvent } from "./create-event.ts";
import type { LeftBehindDetails, UnreachableDetails } from "./event.ts";
import type { Raised } from "./follow-alarms.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/**
 * Of so many subjects at most a target has an alarm of their own, for each type of alarm: a control plane names as many queues as it likes. One
 * alarm, of no subject, stands for all others.
 */
export const MOST_SUBJECTS = 100;

/** What is raised of many subjects. */
type OfMany = Extract<Raised, UnreachableDetails | LeftBehindDetails>;

/**
 * Puts one event in place of those for which there is no room. Whose alarm is open keeps it, so that it has its own end; `open` counts the
 * alarms of a type that stay open, but for the one of no subject.
 */
export function gatherRest(
  state: Pick<TargetState, "target" | "last_pass" | "status">,
  raised: readonly Raised[],
  facts: Pick<NotifyFacts, "now"> & {
    readonly isOpen: (event: Raised) => boolean;
    readonly open: (type: AlarmType) => number;
  },
): readonly Raised[] {
  const room = new Map<AlarmType, number>(ALARMS_OF_MANY.map((type) => [type, MOST_SUBJECTS - facts.open(type)]));
  const rest: OfMany[] = [];
  const own = raised.filter((event) => {
    if (!isOfMany(event)) return true;
    const left = room.get(event.type) ?? 0;
    // What has no name of its own is called as all others together are.
    const isNamed = event.more === undefined && !("queue" in event && event.queue === "");
    const isOwn = isNamed && (facts.isOpen(event) || left > 0);
    if (!isOwn) rest.push(event);
    else if (!facts.isOpen(event)) room.set(event.type, left - 1);
    return isOwn;
  });
  return [
    ...own,
    ...ALARMS_OF_MANY.flatMap((type) =>
      gather(
        state,
        rest.filter((event) => event.type === type),
        facts,
      ),
    ),
  ];
}

function isOfMany(event: Raised): event is OfMany {
  return ALARMS_OF_MANY.some((type) => type === event.type);
}

function gather(
  state: Pick<TargetState, "target" | "last_pass" | "status">,
  rest: readonly OfMany[],
  facts: Pick<NotifyFacts, "now">,
): readonly Raised[] {
  const [first] = rest;
  if (first === undefined) return [];
  const more = rest.reduce((sum, event) => sum + (event.more ?? 1), 0);
  const since = rest.reduce((earliest, event) => (event.since < earliest ? event.since : earliest), first.since);
  const waiting = rest.reduce((sum, event) => sum + ("waiting" in event ? event.waiting : 0), 0);
  const details =
    first.type === "queue_unreachable"
      ? { type: first.type, queue: "", waiting, reason: first.reason, since, more }
      : { type: first.type, objects: [], message: first.message, since, more };
  return [createEvent(state, facts, ["", since], details)];
}
