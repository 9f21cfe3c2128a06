import { DelegateBackoff, handleWhen, type IRetryBackoffContext, retry } from "cockatiel";
import { OperationalError } from "../../model/operational-error.ts";
import { endedEarly, untilAborted } from "./until-aborted.ts";

/** How often and after which pauses a call is tried again; every field has a default. */
export interface RetrySettings {
  /** How often a call is tried again at most. Default 4. */
  readonly retries?: number;
  /** The pause before try `attempt` (from 1), in milliseconds. Default {@link defaultDelay}. */
  readonly delayMs?: (attempt: number, retryAfterMs: number | null) => number;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** A server may ask for more patience than anyone has. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** What the server asked for, up to a minute; else doubling from 200 ms up to 10 s, of which a random half is taken off. */
export function defaultDelay(attempt: number, retryAfterMs: number | null): number {
  if (retryAfterMs !== null) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
}

/**
 * Gives a function that retries a call while its failures are temporary; then the last failure is thrown. All of it ends immediately when
 * the signal is aborted (`ended_early`).
 */
export function createRetries(
  { retries = 4, delayMs = defaultDelay }: RetrySettings,
  isWorthIt: (error: OperationalError) => boolean,
  signal?: AbortSignal,
): <T>(call: () => Promise<T>) => Promise<T> {
  const policy = retry(
    handleWhen((error) => signal?.aborted !== true && error instanceof OperationalError && isWorthIt(error)),
    { maxAttempts: retries, backoff: new DelegateBackoff((tried) => delayMs(tried.attempt, retryAfterOf(tried))) },
  );
  // A pause without a waiting caller keeps no process alive.
  const tries = signal === undefined ? policy : policy.dangerouslyUnref();
  return (call) => untilAborted(() => tries.execute(call), signal);
}

/** Whether a read may be tried again. One that had its whole time is not given it again: that is how long one is willing to wait. */
export function isWorthReadingAgain({ next, code }: OperationalError): boolean {
  return next === "retry" && code !== "timeout";
}

/**
 * As {@link createRetries} for what changes something: a call that is under way when the signal is aborted is waited for and not made
 * again; a pause ends immediately, and no call begins (`ended_early`).
 */
export function createWriteRetries(
  settings: RetrySettings,
  isWorthIt: (error: OperationalError) => boolean,
  ending?: AbortSignal,
): <T>(call: () => Promise<T>) => Promise<T> {
  const tryAgain = createRetries(settings, (error) => ending?.aborted !== true && isWorthIt(error));
  if (ending === undefined) return tryAgain;
  return async (call) => {
    if (ending.aborted) throw endedEarly();
    const waiting = new AbortController();
    let underWay = false;
    const leave = () => (underWay ? undefined : waiting.abort());
    const once = async () => {
      underWay = true;
      try {
        return await call();
      } finally {
        underWay = false;
      }
    };
    ending.addEventListener("abort", leave, { once: true });
    try {
      return await untilAborted(() => tryAgain(once), waiting.signal);
    } finally {
      ending.removeEventListener("abort", leave);
    }
  };
}

function retryAfterOf({ result }: IRetryBackoffContext<unknown>): number | null {
  return "error" in result && result.error instanceof OperationalError ? result.error.retryAfterMs : null;
}
