import { setTimeout } from "node:timers/promises";

/** A timer for more than 24 days ends after a millisecond. */
const LONGEST_PART_MS = 24 * 3_600_000;

/** How a sleep may end, and what it keeps. */
export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  /** False: it keeps no process alive. */
  readonly ref?: boolean;
}

/** Resolves after that time, of any length, or as soon as the signal is aborted; never rejects. */
export async function sleepInParts(milliseconds: number, { signal, ref = true }: SleepOptions): Promise<void> {
  const options = signal === undefined ? { ref } : { signal, ref };
  try {
    for (let left = milliseconds; ; left -= LONGEST_PART_MS) {
      await setTimeout(Math.min(left, LONGEST_PART_MS), undefined, options);
      if (!(left > LONGEST_PART_MS)) return;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
