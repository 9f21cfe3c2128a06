/** Lasting conditions that are notified when they begin and when they end. */
export const ALARM_TYPES = [
  "failed",
  "invalid",
  "refused",
  "stalled",
  "queue_unreachable",
  "left_behind",
  "other_writer",
] as const;
export type AlarmType = (typeof ALARM_TYPES)[number];

/** Of these there is one for each queue or object. */
export const ALARMS_OF_MANY = ["queue_unreachable", "left_behind"] as const satisfies readonly AlarmType[];

/** A notified condition, open until its end is notified. */
export interface Alarm {
  readonly target: string;
  readonly type: AlarmType;
  /** The queue, the address or the former control plane that it is about; "": the target as a whole, or all that have no alarm of their own. Of one type and subject, one alarm is open at most. */
  readonly subject: string;
  /** How many there were of this type and subject, this one included: so the next one is another fact. */
  readonly serial: number;
  /** When it was raised, ISO 8601 in UTC. */
  readonly since: string;
  /** When its end was notified, as `since`; null: it is open. */
  readonly ended_at: string | null;
  /** The receivers for whose message there was no room: they don't hear of its end either. Left out: none. */
  readonly untold?: readonly string[];
}
