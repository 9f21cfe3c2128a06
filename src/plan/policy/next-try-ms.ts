/** The first pause, what each further one is multiplied with, and the longest, in milliseconds. */
const BACKOFF = { first: 5_000, factor: 2, longest: 300_000 } as const;

/**
 * How long to wait before the next try, in milliseconds: longer after each failure in a row, up to five minutes, and never before
 * the server wants to be asked again. `random` (0 to 1) takes off up to half of it, so that many targets do not come back at once.
 * Nothing is waited for after no failure.
 */
export function nextTryMs(failures: number, random: number, retryAfterMs: number | null = null): number {
  if (failures <= 0) return retryAfterMs ?? 0;
  const full = Math.min(BACKOFF.longest, BACKOFF.first * BACKOFF.factor ** (failures - 1));
  return Math.max(Math.round(full * (1 - random / 2)), retryAfterMs ?? 0);
}
