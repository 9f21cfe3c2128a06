import type { WindowConfig } from "../../model/daemon/daemon-config.ts";
import { readSchedule, type Schedule } from "./read-schedule.ts";

/** Whether changes may be made at a moment, why, and when that changes next. */
export interface WindowVerdict {
  readonly open: boolean;
  /** For people: which window it is; "" where there are none. */
  readonly message: string;
  /** When it may be otherwise, ISO 8601 in UTC; null: not foreseen. */
  readonly next: string | null;
  /** Which windows hold changes: those that forbid them, or those of which none allows them; empty: none does. */
  readonly closing: readonly WindowConfig[];
}

/**
 * Judges change windows at a moment (ISO 8601). A `deny` that is open beats everything; where there is an `allow`, one has to be
 * open. A window opens whenever its schedule says so in its time zone, and stays open for its duration in real time, so that it is as long
 * on a day on which clocks are changed as on any other; or until its clocks say that it ends, of any length. A time that clocks leave
 * out is when they are changed, and of one that comes twice the first counts.
 */
export function judgeWindows(windows: readonly WindowConfig[], now: string): WindowVerdict {
  const states = windows.map((window) => lookAt(window, Date.parse(now)));
  const denied = states.filter(({ window, openUntil }) => window.kind === "deny" && openUntil !== null);
  const allows = states.filter(({ window }) => window.kind === "allow");
  const allowed = allows.filter(({ openUntil }) => openUntil !== null);
  if (denied.length > 0) {
    const until = latest(denied);
    const message = `Window ${nameAll(denied)} denies changes until ${until}.`;
    return { open: false, message, next: until, closing: listWindows(denied) };
  }
  if (allows.length > 0 && allowed.length === 0) {
    const next = earliest(allows.map(({ opens }) => opens));
    const when = next === null ? "and none opens again" : `the next one opens at ${next}`;
    const message = `No window that allows changes is open (${nameAll(allows)}): ${when}.`;
    return { open: false, message, next, closing: listWindows(allows) };
  }
  const denials = states.filter(({ window }) => window.kind === "deny").map(({ opens }) => opens);
  const next = earliest([...denials, ...(allowed.length > 0 ? [latest(allowed)] : [])]);
  const message = allowed.length > 0 ? `Window ${nameAll(allowed)} allows changes.` : "";
  return { open: true, message, next, closing: [] };
}

interface WindowState {
  readonly window: WindowConfig;
  /** The end of the opening that there is now; null: closed. */
  readonly openUntil: string | null;
  /** The next opening after now. */
  readonly opens: string | null;
}

function lookAt(window: WindowConfig, now: number): WindowState {
  if (window.until !== undefined) return lookByClock({ ...window, until: window.until }, now);
  const cron = readSchedule(window.schedule, window.time_zone);
  // What opened no longer ago than it lasts is open. The library looks for what comes after, to the second.
  const since = cron.nextRun(new Date(now - window.duration_ms));
  const openUntil = since !== null && since.getTime() <= now ? endOf(cron, since, window, now) : null;
  const opens = cron.nextRun(new Date(now));
  return {
    window,
    openUntil: openUntil === null ? null : new Date(openUntil).toISOString(),
    opens: opens === null ? null : opens.toISOString(),
  };
}

/**
 * The same where clocks say when it ends. What opens when, and which end is its own, is found on a calendar without changes of clocks, and each
 * time of that turned into a moment: so an opening and its end are never taken for those of another day, though clocks leave both out.
 */
function lookByClock(window: WindowConfig & { readonly until: string }, now: number): WindowState {
  const { schedule, until, time_zone } = window;
  const [opening, ending] = [schedule, until].map((pattern) => readSchedule(pattern, "UTC"));
  const place = (day: Date) => toMoment(day, time_zone);
  const end = (day: Date) => {
    const last = ending?.nextRun(day) ?? null;
    return last === null ? null : place(last);
  };
  // Where clocks were set back, times that have been already come again.
  const wall = readClock(now, time_zone);
  const setBack = Math.max(0, readClock(now - SET_BACK_MS, time_zone) + SET_BACK_MS - wall);
  const latest = findBefore(opening, new Date(wall + setBack + 1000), (day) => place(day) <= now);
  const openUntil = latest === null ? null : end(latest);
  const opens = findAfter(
    opening,
    latest ?? new Date(wall - 1000),
    (day) => place(day) > now && end(day) !== place(day),
  );
  return {
    window,
    openUntil: openUntil !== null && now < openUntil ? new Date(openUntil).toISOString() : null,
    opens: opens === null ? null : new Date(place(opens)).toISOString(),
  };
}

/** No clock is set back by more. */
const SET_BACK_MS = 3 * 3_600_000;

function findBefore(cron: Schedule | undefined, from: Date, isIt: (day: Date) => boolean): Date | null {
  let [day] = cron?.previousRuns(1, from) ?? [];
  while (day !== undefined && !isIt(day)) [day] = cron?.previousRuns(1, day) ?? [];
  return day ?? null;
}

function findAfter(cron: Schedule | undefined, from: Date, isIt: (day: Date) => boolean): Date | null {
  let day = cron?.nextRun(from) ?? null;
  while (day !== null && !isIt(day)) day = cron?.nextRun(day) ?? null;
  return day;
}

/** The moment of a time on clocks, which is given as if they were those of UTC. */
function toMoment(day: Date, timezone: string): number {
  const pattern = [day.getUTCMinutes(), day.getUTCHours(), day.getUTCDate(), day.getUTCMonth() + 1, "*"].join(" ");
  const from = new Date(day.getTime() - 36 * 3_600_000);
  return readSchedule(pattern, timezone).nextRun(from)?.getTime() ?? day.getTime();
}

/** What clocks show at a moment, as if they were those of UTC. */
function readClock(moment: number, timeZone: string): number {
  const shape = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  } as const;
  const parts = new Intl.DateTimeFormat("en", { ...shape, timeZone, hourCycle: "h23" }).formatToParts(moment);
  const [year = 0, month = 1, ...rest] = ["year", "month", "day", "hour", "minute", "second"].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  const [date, hour, minute, second] = rest;
  return Date.UTC(year, month - 1, date, hour, minute, second);
}

/** The end of an opening, or of the latest one that has begun since and overlaps it. */
function endOf(cron: Schedule, since: Date, { duration_ms }: WindowConfig, now: number): number {
  // The library looks for what comes before, in whole seconds.
  const [latest = since] = cron.previousRuns(1, new Date(now + 1000));
  const begin = latest > since && latest.getTime() <= now ? latest : since;
  return begin.getTime() + duration_ms;
}

function listWindows(states: readonly WindowState[]): readonly WindowConfig[] {
  return states.map(({ window }) => window);
}

function nameAll(states: readonly WindowState[]): string {
  return states.map(({ window }) => window.name).join(", ");
}

function earliest(times: readonly (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort()[0] ?? null;
}

function latest(states: readonly WindowState[]): string {
  return (
    states
      .map(({ openUntil }) => openUntil ?? "")
      .sort()
      .at(-1) ?? ""
  );
}
