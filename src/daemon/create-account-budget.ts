import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";

/** How much each account has done within a minute. */
export interface AccountBudget {
  /** Takes one from what an account may do. Gives 0, or in how many seconds it may do more; nothing is taken then. */
  take(account: string): number;
  /** Accounts that are remembered. */
  readonly size: number;
}

/** Beyond so many accounts in a minute, the ones counted first are forgotten: that lets them do more, and keeps no one out. */
const MOST_ACCOUNTS = 10_000;
const MINUTE_MS = 60_000;

/**
 * Counts for each account by itself, each from its first act to a minute later. All accounts together have no limit: an account
 * that used it up would keep the others out.
 */
export function createAccountBudget({
  each,
  clock,
}: {
  readonly each: number;
  readonly clock: Pick<MonotonicClock, "now">;
}): AccountBudget {
  // The first counted first.
  const counts = new Map<string, { readonly since: number; taken: number }>();
  const forget = (now: number) => {
    for (const [account, { since }] of counts) {
      if (now - since < MINUTE_MS && counts.size <= MOST_ACCOUNTS) return;
      counts.delete(account);
    }
  };
  return {
    take: (account) => {
      const now = clock.now();
      forget(now);
      const found = counts.get(account) ?? { since: now, taken: 0 };
      if (found.taken >= each) return Math.max(1, Math.ceil((found.since + MINUTE_MS - now) / 1000));
      found.taken += 1;
      counts.set(account, found);
      return 0;
    },
    get size() {
      return counts.size;
    },
  };
}
