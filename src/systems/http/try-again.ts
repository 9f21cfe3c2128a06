import { setTimeout } from "node:timers/promises";
import { backOff } from "../../model/errors/back-off.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { endedEarly, untilAborted } from "./until-aborted.ts";

/** How often and after which pauses a call is tried again; every field has a default. */
export interface RetrySettings {
  /** How often a call is tried again at most. Default 4. */
  readonly retries?: number;
  /** The pause before try `attempt` (from 1), in milliseconds. Default {@link defaultDelay}. */
  readonly delayMs?: (attempt: number, retryAfterMs: number | null) => number;
}

const PAUSES = { first: 200, longest: 10_000 };
/** A server may ask for more patience than anyone has. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** What the server asked for, up to a minute; else doubling from 200 ms up to 10 s, of which `random` (0 to 1) takes off up to half. */
export function defaultDelay(attempt: number, retryAfterMs: number | null, random = Math.random()): number {
  return retryAfterMs === null ? backOff(PAUSES, attempt, random) : Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
}

/** Makes a call, and again as long as it fails in a way that is worth it; then the last failure stands. */
export type TryAgain = <T>(call: () => Promise<T>) => Promise<T>;

/** Tries again what reads. All of it ends immediately when the signal is aborted (`ended_early`). */
export function createRetries(
  settings: RetrySettings,
  isWorthIt: (error: OperationalError) => boolean,
  signal?: AbortSignal,
): TryAgain {
  const tryAgain = createWriteRetries(settings, isWorthIt, signal);
  return (call) => untilAborted(() => tryAgain(call), signal);
}

/** Whether a read may be tried again. One that had its whole time is not given it again: that is how long one is willing to wait. */
export function isWorthReadingAgain({ next, code }: OperationalError): boolean {
  return next === "retry" && code !== "timeout";
}

/**
 * Tries again what changes something: a call that is under way when the signal is aborted is waited for and not made again; a pause ends
 * immediately, and no call begins (`ended_early`).
 */
export function createWriteRetries(
  { retries = 4, delayMs = defaultDelay }: RetrySettings,
  isWorthIt: (error: OperationalError) => boolean,
  ending?: AbortSignal,
): TryAgain {
  const hasEnded = () => ending?.aborted === true;
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      if (hasEnded()) throw endedEarly();
      try {
        return await call();
      } catch (error) {
        const isLast = attempt > retries || hasEnded();
        if (isLast || !(error instanceof OperationalError) || !isWorthIt(error)) throw error;
        await pause(delayMs(attempt, error.retryAfterMs), ending);
      }
    }
  };
}

/** One that nothing waits for any more keeps no process alive. */
async function pause(milliseconds: number, ending: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, ending === undefined ? {} : { signal: ending });
  } catch (error) {
    throw ending?.aborted === true ? endedEarly() : error;
  }
}
