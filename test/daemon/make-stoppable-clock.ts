import { type MonotonicClock, monotonicClock } from "../../src/store/leases/monotonic-clock.ts";

/** A clock that can be stopped: it stands still, and who sleeps by it sleeps on. */
export function makeStoppableClock() {
  let stood: number | null = null;
  let lost = 0;
  const clock: MonotonicClock = {
    now: () => (stood ?? monotonicClock.now()) - lost,
    sleep: async (milliseconds, signal) => {
      const end = clock.now() + milliseconds;
      while (!signal.aborted && clock.now() < end) {
        await monotonicClock.sleep(Math.min(50, Math.max(1, end - clock.now())), signal);
      }
    },
  };
  return {
    clock,
    stop: () => {
      stood = monotonicClock.now();
    },
    goOn: () => {
      lost += monotonicClock.now() - (stood ?? monotonicClock.now());
      stood = null;
    },
  };
}
