import { sleepInParts } from "../../systems/http/sleep-in-parts.ts";

/** Time that never jumps, even when the machine's date is changed. */
export interface MonotonicClock {
  /** Milliseconds since some moment in the past. */
  now(): number;
  /** Resolves after the time or as soon as the signal is aborted; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own; a sleep keeps no process alive. */
export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleepInParts(milliseconds, { signal, ref: false }),
};
