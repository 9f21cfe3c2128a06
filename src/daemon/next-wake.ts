import type { HeldChange, PassOutcome } from "../model/passes/pass.ts";
import { nextTryMs } from "./next-try-ms.ts";

/** How soon a target whose work has to drain is looked at again, in milliseconds. */
export const WAITING_MS = 10_000;
/** How soon a target that another process writes to is looked at again, in milliseconds: sooner where its lease comes free sooner. */
export const HELD_LEASE_MS = 5_000;

/** How long a moment from which changes may be made is waited for in one go, in milliseconds: machines sleep, and clocks are changed. */
export const LONGEST_WAIT_MS = 3_600_000;

/** What a pass left that decides when the next one is. */
export interface WakeFacts {
  readonly outcome: PassOutcome;
  /** Failed passes in a row. */
  readonly failures: number;
  /** How long a server asked to be left alone, or until when the lease of another one lasts, in milliseconds; null: not known. */
  readonly retryAfterMs: number | null;
  /** 0 to 1, for jitter. */
  readonly random: number;
  readonly waitingMs?: number | undefined;
  /** When the pass ended, by the store's clock. */
  readonly now: string;
}

/** How long after a pass the next one begins by itself, in milliseconds; null: at the next trigger. */
export function nextWakeMs({
  outcome,
  failures,
  retryAfterMs,
  random,
  waitingMs = WAITING_MS,
  now,
}: WakeFacts): number | null {
  switch (outcome.kind) {
    case "waiting":
      return waitingMs;
    case "cancelled":
      return Math.min(HELD_LEASE_MS, retryAfterMs ?? HELD_LEASE_MS);
    case "failed":
    case "inconclusive":
      return nextTryMs(failures, random, retryAfterMs);
    case "applied":
    case "held":
      return untilFirstEnd(outcome.held, now, waitingMs);
    case "synced":
    case "blocked":
    case "invalid":
    case "refused":
      return null;
  }
}

/** How long the first of the holds lasts whose end is a moment, which may have come while the pass was made; null: there is none. */
function untilFirstEnd(held: readonly HeldChange[], now: string, overMs: number): number | null {
  const lasting = held.map(({ ends = "" }) => Date.parse(ends) - Date.parse(now)).filter((wait) => !Number.isNaN(wait));
  const waits = lasting.map((wait) => (wait > 0 ? wait : overMs));
  return waits.length === 0 ? null : Math.min(LONGEST_WAIT_MS, ...waits);
}
