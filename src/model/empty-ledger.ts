import type { Ledger } from "./ledger.ts";

/**
 * The ledger of a command without a store: nothing is owned, nothing is kept, the lease is always free. So nothing is
 * pruned, and an interrupted run is settled from live state alone.
 */
export function createEmptyLedger(): Ledger {
  const nothing = async () => {};
  return {
    readOwned: async () => [],
    recordOwned: nothing,
    forgetOwned: nothing,
    recordIntent: async (entry) => `${entry.run_id}/${entry.step_id}`,
    recordSent: nothing,
    recordOutcome: nothing,
    readOpenIntents: async () => [],
    acquireLease: async () => ({ acquired: true, expires_at: new Date(FOR_EVER).toISOString() }),
    renewLease: async () => true,
    releaseLease: nothing,
    close: nothing,
  };
}

/** The last moment that an ISO 8601 time with four-digit years can name. */
const FOR_EVER = Date.UTC(9999, 11, 31, 23, 59, 59);
