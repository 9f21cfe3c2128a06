import type { Alarm, AlarmType } from "../../model/daemon/alarm.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { State } from "../../model/passes/status.ts";
import { createEvent } from "./create-event.ts";
import type { NotifyEvent } from "./event.ts";
import { gatherRest } from "./gather-rest.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/** An event that raises an alarm. */
export type Raised = Extract<NotifyEvent, { readonly type: AlarmType }>;

/** The messages to send, and the alarms to record with them. */
export interface Followed {
  readonly events: readonly NotifyEvent[];
  /** Alarms that are new or not as they were. */
  readonly alarms: readonly Alarm[];
  /** The alarms of the events, by their keys; left out: they are of none. */
  readonly about?: ReadonlyMap<string, Alarm>;
  /** The keys of events that are given again, for the receivers alone that missed them. Left out: none. */
  readonly again?: ReadonlySet<string>;
}

/** What alarms are followed by. */
export interface AlarmFacts extends Pick<NotifyFacts, "now" | "alarms"> {
  /** Alarms that count as reported though they are not on record. */
  readonly supposed: readonly Alarm[];
  /** The target's state before. */
  readonly was: State;
  /** Whether an alarm that nothing raises now is over: what was not looked at is not. */
  readonly isOver: (alarm: Alarm) => boolean;
}

/** What events show of a target. */
type Told = Pick<TargetState, "target" | "last_pass" | "status">;

/** Reported again while its alarm is open, where it has another cause or revision; all else is reported once until it is over. */
const CAUSED: ReadonlySet<AlarmType> = new Set<AlarmType>(["failed", "invalid", "refused"]);

/**
 * The life cycle of alarms, pure: a raised event opens one, or is an update of the open one; its end is reported once, by the alarm itself.
 * Of very many subjects those beyond {@link gatherRest} have one alarm together.
 * One for whose message there was no room is reported again, to those that missed it.
 * A pass that is repeated after a crash finds its alarm open, and reports nothing twice.
 */
export function followAlarms(state: Told, raised: readonly Raised[], facts: AlarmFacts): Followed {
  const { alarms: recorded, supposed, now, isOver } = facts;
  const known = [...supposed, ...recorded];
  const next = new Map(known.map((alarm) => [nameAlarm(alarm), alarm]));
  const lastingNow = new Set(raised.map(nameRaised));
  const isEnding = (alarm: Alarm, lasting: ReadonlySet<string>) =>
    alarm.ended_at === null && !lasting.has(nameAlarm(alarm)) && isOver(alarm);
  const staying = known.filter((alarm) => alarm.ended_at === null && !isEnding(alarm, lastingNow));
  const gathered = gatherRest(state, raised, {
    now,
    isOpen: (event) => next.get(nameRaised(event))?.ended_at === null,
    open: (type) => staying.filter((alarm) => alarm.type === type && alarm.subject !== "").length,
  });
  const raisedNow = gathered.flatMap((event): readonly Raised[] => {
    const { target } = state;
    const [type, subject, name] = [event.type, findSubject(event), nameRaised(event)];
    const former = next.get(name);
    const isOpen = former?.ended_at === null;
    const serial = (former?.serial ?? 0) + (isOpen ? 0 : 1);
    if (!isOpen) next.set(name, { target, type, subject, serial, since: now, ended_at: null });
    const { untold = [] } = isOpen ? former : {};
    if (isOpen && untold.length === 0 && !CAUSED.has(type)) return [];
    return [nameOccurrence(event, serial)];
  });
  const lasting = new Set(gathered.map(nameRaised));
  const over = known.filter((alarm) => isEnding(alarm, lasting));
  const ends = over.map((alarm) => ({ ...alarm, ended_at: now }));
  for (const alarm of ends) next.set(nameAlarm(alarm), alarm);
  const ended = ends.map((alarm) => [reportEnd(state, alarm, facts), alarm] as const);
  const opened = raisedNow.flatMap((event) => {
    const alarm = next.get(nameRaised(event));
    return alarm === undefined ? [] : [[event.key, alarm] as const];
  });
  const missed = opened.filter(([, { type, untold = [] }]) => untold.length > 0 && !CAUSED.has(type));
  return {
    events: [...raisedNow, ...ended.map(([event]) => event)],
    alarms: [...next.values()].filter((alarm) => !recorded.includes(alarm)),
    about: new Map([...opened, ...ended.map(([{ key }, alarm]) => [key, alarm] as const)]),
    again: new Set(missed.map(([key]) => key)),
  };
}

/** The event under the key of the alarm with that number: an earlier one of the same cause is another fact. */
export function nameOccurrence<Event extends Raised>(event: Event, serial: number): Event {
  return serial === 1 ? event : { ...event, key: `${event.key}/${serial}` };
}

function reportEnd(state: Told, alarm: Alarm, facts: Pick<AlarmFacts, "now" | "was">): NotifyEvent {
  const { type, subject, serial, since } = alarm;
  return createEvent(state, facts, [type, subject, String(serial), since], {
    type: "recovered",
    alarm: type,
    subject: subject === "" ? null : subject,
    was: facts.was,
    since,
  });
}

function findSubject(event: Raised): string {
  if (event.type === "queue_unreachable") return event.queue;
  if (event.type === "stalled") return event.place ?? "";
  if (event.type !== "left_behind") return "";
  return [...event.objects, ...(event.place === undefined ? [] : ["at", event.place])].join(" ");
}

function nameRaised(event: Raised): string {
  return nameAlarm({ type: event.type, subject: findSubject(event) });
}

function nameAlarm({ type, subject }: Pick<Alarm, "type" | "subject">): string {
  return `${type} ${subject}`;
}
