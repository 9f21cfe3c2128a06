import { Cron } from "croner";
import type { WindowConfig } from "../config/daemon-config.ts";

/** Whether changes may be made at a moment, why, and when that changes next. */
export interface WindowVerdict {
  readonly open: boolean;
  /** For people: which window it is; "" where there are none. */
  readonly message: string;
  /** When it may be otherwise, ISO 8601 in UTC; null: not foreseen. */
  readonly next: string | null;
}

/**
 * Judges change windows at a moment (ISO 8601). A `deny` that is open beats everything; where there is an `allow`, one has to be
 * open. A window opens whenever its schedule says so in its time zone, and stays open for its duration in real time: on a day on
 * which clocks are changed it is as long as on any other.
 */
export function judgeWindows(windows: readonly WindowConfig[], now: string): WindowVerdict {
  const states = windows.map((window) => lookAt(window, Date.parse(now)));
  const denied = states.filter(({ window, openUntil }) => window.kind === "deny" && openUntil !== null);
  const allows = states.filter(({ window }) => window.kind === "allow");
  const allowed = allows.filter(({ openUntil }) => openUntil !== null);
  if (denied.length > 0) {
    const until = latest(denied);
    return { open: false, message: `Window ${nameAll(denied)} forbids changes until ${until}.`, next: until };
  }
  if (allows.length > 0 && allowed.length === 0) {
    const next = earliest(allows.map(({ opens }) => opens));
    const when = next === null ? "and none opens again" : `the next one opens at ${next}`;
    return { open: false, message: `No window that allows changes is open (${nameAll(allows)}): ${when}.`, next };
  }
  const denials = states.filter(({ window }) => window.kind === "deny").map(({ opens }) => opens);
  const next = earliest([...denials, ...(allowed.length > 0 ? [latest(allowed)] : [])]);
  return { open: true, message: allowed.length > 0 ? `Window ${nameAll(allowed)} allows changes.` : "", next };
}

interface WindowState {
  readonly window: WindowConfig;
  /** The end of the opening that there is now; null: closed. */
  readonly openUntil: string | null;
  /** The next opening after now. */
  readonly opens: string | null;
}

function lookAt(window: WindowConfig, now: number): WindowState {
  const cron = new Cron(window.schedule, { timezone: window.time_zone, mode: "5-part" });
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

/** The end of an opening, or of the latest one that has begun since and overlaps it. */
function endOf(cron: Cron, since: Date, { duration_ms }: WindowConfig, now: number): number {
  // The library looks for what comes before, in whole seconds.
  const [latest = since] = cron.previousRuns(1, new Date(now + 1000));
  const begin = latest > since && latest.getTime() <= now ? latest : since;
  return begin.getTime() + duration_ms;
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
