import { monotonicClock } from "../../store/leases/monotonic-clock.ts";
import { createPassRunner, type PassRunner, type RunOne } from "./create-pass-runner.ts";
import { CONCURRENCY, type Jobs, type JobsOptions, RETRY_MS, SLOW_MS } from "./jobs.ts";
import { keepSchedules } from "./keep-schedules.ts";

/** Jobs of one process, kept in memory only: the starting daemon requests a pass over every target first. */
export function createLocalJobs(options: JobsOptions): Jobs {
  const { concurrency = CONCURRENCY, slowMs = SLOW_MS, retryMs = RETRY_MS, onError } = options;
  const { now = Date.now, clock = monotonicClock } = options;
  /** When a pass over each target is wanted, by the clock. */
  const wanted = new Map<string, number>();
  let runner: PassRunner | null = null;
  let alarm = new AbortController();

  const want = (target: string, delayMs: number) => {
    const due = clock.now() + delayMs;
    wanted.set(target, Math.min(due, wanted.get(target) ?? due));
    startDue();
  };
  const startDue = () => {
    if (runner === null) return;
    const moment = clock.now();
    for (const target of listDue(wanted, moment)) {
      if (runner.mayRun(target)) run(runner, target);
    }
    // What is due and can't run now is looked at when a pass ends or leaves its place.
    void sleepUntilDue(moment);
  };
  const run = (passes: PassRunner, target: string) => {
    wanted.delete(target);
    void passes.run(target).then((outcome) => (outcome === "held" ? want(target, retryMs) : startDue()));
  };
  const sleepUntilDue = async (moment: number) => {
    alarm.abort();
    alarm = new AbortController();
    const later = [...wanted.values()].filter((due) => due > moment);
    if (later.length === 0) return;
    const { signal } = alarm;
    await clock.sleep(Math.min(...later) - moment, signal);
    if (!signal.aborted) startDue();
  };
  const schedules = keepSchedules((target) => want(target, 0), { now, clock });

  return {
    start: async (work) => {
      // No other process has this store.
      const confirm = async () => {};
      const runOne: RunOne = (target, signal) => work(target, signal, confirm);
      runner = createPassRunner(runOne, { concurrency, slowMs, clock, onError, onFree: startDue });
      startDue();
    },
    request: async (target, { delayMs = 0 } = {}) => want(target, delayMs),
    schedule: async (target, cron, timeZone) => schedules.set(target, cron, timeZone),
    prove: async () => {},
    stop: async () => {
      schedules.stop();
      wanted.clear();
      alarm.abort();
      await runner?.stop();
    },
  };
}

/** The longest wanted first. */
function listDue(wanted: ReadonlyMap<string, number>, now: number): readonly string[] {
  return [...wanted]
    .filter(([, due]) => due <= now)
    .sort(([, one], [, other]) => one - other)
    .map(([target]) => target);
}
