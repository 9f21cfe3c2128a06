import { OperationalError } from "../model/errors/operational-error.ts";
import { monotonicClock } from "../store/leases/monotonic-clock.ts";

/** Makes of a call one that leaves the forge alone while it asked to be. */
type Rest = <Given extends readonly unknown[], Result>(
  call: (...given: Given) => Promise<Result>,
) => (...given: Given) => Promise<Result>;

/**
 * Wraps the calls of a forge and pauses them for as long as it asked: until then each call throws immediately the forge's last limit error,
 * with the rest of the time. Earlier calls, by a webhook or a pass, do not add load. `now`: milliseconds that never go back.
 */
export function openRest(now: () => number = monotonicClock.now): Rest {
  let limit: { readonly error: OperationalError; readonly until: number } | null = null;
  return (call) =>
    async (...given) => {
      const left = limit === null ? 0 : limit.until - now();
      if (limit !== null && left > 0) throw repeat(limit.error, left);
      limit = null;
      try {
        return await call(...given);
      } catch (error) {
        if (error instanceof OperationalError && error.code === "forge_limited" && error.retryAfterMs !== null) {
          limit = { error, until: now() + error.retryAfterMs };
        }
        throw error;
      }
    };
}

/** {@link openRest} for a single call. */
export function restWhenLimited<Given extends readonly unknown[], Result>(
  call: (...given: Given) => Promise<Result>,
  now: () => number = monotonicClock.now,
): (...given: Given) => Promise<Result> {
  return openRest(now)(call);
}

function repeat(error: OperationalError, retryAfterMs: number): OperationalError {
  return new OperationalError(error.code, error.message, { next: error.next, retryAfterMs, cause: error });
}
