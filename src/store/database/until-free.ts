import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "./explain-store-error.ts";

/** How long a process waits for another one's write, in milliseconds; ours take a few. */
const LOCKED_MS = 10_000;
/** The pause between two tries, in milliseconds: it doubles from the first to the longest. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/**
 * Does what SQLite does within the call, and, as long as another process has the lock that it needs, again: for ten seconds, then it throws what SQLite
 * throws. SQLite is opened without a time to wait, as it would wait within the call: no timer would run in the meantime, no server or user would be
 * answered, and a liveness probe would end the process. `work` leaves nothing behind when it throws, so a transaction is tried from its
 * beginning. `held`: what the next try waits for, looked at until there is nothing, right before the try. Default: nothing.
 */
export async function untilFree<Result>(
  work: () => Result,
  held: () => Promise<void> | null = () => null,
): Promise<Result> {
  const deadline = performance.now() + LOCKED_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    for (let wait = held(); wait !== null; wait = held()) await wait;
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(pause);
  }
}
