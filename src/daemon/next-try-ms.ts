import { backOff } from "../model/errors/back-off.ts";

const PAUSES = { first: 5_000, longest: 300_000 };

/**
 * How long to wait before the next try, in milliseconds: longer after each failure in a row, up to five minutes, and never before
 * the server wants to be asked again. `random` (0 to 1) takes off up to half of it, so that many targets do not come back at the same time.
 * Nothing is waited for after no failure.
 */
export function nextTryMs(failures: number, random: number, retryAfterMs: number | null = null): number {
  if (failures <= 0) return retryAfterMs ?? 0;
  return Math.max(Math.round(backOff(PAUSES, failures, random)), retryAfterMs ?? 0);
}
