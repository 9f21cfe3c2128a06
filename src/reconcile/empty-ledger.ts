import type { Ledger } from "../model/ledger/ledger.ts";

/**
 * The ledger of a command without a store: nothing is owned, nothing is kept. So nothing is pruned, and an interrupted run is
 * settled from live state alone.
 */
export function createEmptyLedger(): Ledger {
  const nothing = async () => {};
  return {
    readOwned: async () => [],
    readElsewhere: async () => [],
    recordOwned: nothing,
    recordAllOwned: nothing,
    moveOwned: nothing,
    settleOwned: nothing,
    forgetOwned: nothing,
    releaseOwned: nothing,
    readReleased: async () => [],
    readDeleted: async () => [],
    readSensitive: async () => ({}),
    recordIntent: async (entry) => `${entry.run_id}/${entry.step_id}`,
    recordSent: nothing,
    recordOutcome: nothing,
    recordChange: nothing,
    replaceBody: nothing,
    closeIntent: nothing,
    readWritten: async () => [],
    readLastWrites: async () => ({}),
    readOwnWrites: async () => [],
    readTaken: async () => [],
    readTurned: async () => [],
    readRoutingWrites: async () => [],
    settleOwnWrites: nothing,
    readOpenIntents: async () => [],
    readUnderWay: async () => [],
    readUnlogged: async () => [],
    recordRefusal: async (entry) => `${entry.run_id}/${entry.step_id}`,
    readRefusals: async () => [],
    endRefusal: nothing,
    close: nothing,
  };
}
