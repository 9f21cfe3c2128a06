import { OperationalError } from "../../model/errors/operational-error.ts";
import { explainFields, readSchedule, type Schedule } from "../../plan/policy/read-schedule.ts";
import type { MonotonicClock } from "../../store/leases/monotonic-clock.ts";

/** Longest sleep, in milliseconds: a machine that was suspended, or whose date was set, is noticed after it. */
const LONGEST_SLEEP_MS = 60_000;

/** Cron expressions, one for each target at most. */
export interface Schedules {
  /** In place of an earlier one; null: none any more. Throws an OperationalError when it can't be read. */
  set(target: string, cron: string | null, timeZone: string): void;
  stop(): void;
}

/**
 * Calls `fire` at each moment that a schedule names, with that moment in milliseconds since 1970. Moments that passed while
 * nothing was there to see them are not made up for: of several that a sleep went past, the last counts.
 */
export function keepSchedules(
  fire: (target: string, moment: number) => void,
  { now, clock }: { readonly now: () => number; readonly clock: MonotonicClock },
): Schedules {
  const kept = new Map<string, AbortController>();
  const drop = (target: string) => {
    kept.get(target)?.abort();
    kept.delete(target);
  };
  const keep = async (target: string, cron: Schedule, signal: AbortSignal) => {
    for (let next = nextMoment(cron, now()); next !== null && !signal.aborted; ) {
      await clock.sleep(Math.min(next - now(), LONGEST_SLEEP_MS), signal);
      if (signal.aborted || now() < next) continue;
      fire(target, next);
      next = nextMoment(cron, now());
    }
  };
  return {
    set: (target, cron, timeZone) => {
      const wanted = cron === null ? null : readCron(cron, timeZone);
      drop(target);
      if (wanted === null) return;
      const stop = new AbortController();
      kept.set(target, stop);
      void keep(target, wanted, stop.signal);
    },
    stop: () => {
      for (const target of [...kept.keys()]) drop(target);
    },
  };
}

function nextMoment(cron: Schedule, after: number): number | null {
  return cron.nextRun(new Date(after))?.getTime() ?? null;
}

function readCron(cron: string, timeZone: string): Schedule {
  try {
    const fault = explainFields(cron);
    if (fault !== null) throw new Error(`it ${fault}`);
    const read = readSchedule(cron, timeZone);
    // The time zone is looked at only now.
    read.nextRun();
    return read;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationalError(
      "schedule",
      `The schedule "${cron}" (${timeZone}) can't be read: ${reason}. Write five fields, as in "0 6 * * 1-5", and a time zone such as Europe/Berlin.`,
      { next: "stop", cause },
    );
  }
}
