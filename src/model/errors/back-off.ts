/** How the pauses between tries grow, in milliseconds: from the first one, doubling, to the longest. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

/**
 * The pause after so many tries in a row that failed, in milliseconds; `random` (0 to 1) takes off up to half of it, so that many callers do
 * not come back at the same moment. The one backoff of poolkeeper: calls, steps, passes, messages and the job queue all use it.
 */
export function backOff({ first, longest }: Backoff, tries: number, random = 0): number {
  return Math.min(first * 2 ** Math.max(0, tries - 1), longest) * (1 - random / 2);
}
