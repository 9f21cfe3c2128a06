import type { MonotonicClock } from "../../src/store/leases/monotonic-clock.ts";

/** A clock that moves only by hand; whoever sleeps until then wakes up. */
export interface HandClock extends MonotonicClock {
  readonly advance: (milliseconds: number) => void;
  /** How many sleep now. */
  readonly sleepers: () => number;
}

/** A clock at zero. */
export function createHandClock(): HandClock {
  let now = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (milliseconds <= 0 || signal.aborted) return resolve();
        const sleeper = { until: now + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    sleepers: () => sleepers.size,
    advance: (milliseconds) => {
      now += milliseconds;
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
