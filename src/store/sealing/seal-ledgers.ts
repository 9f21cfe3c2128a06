import type { LedgerTarget, StoreConnection } from "../database/store-schema.ts";
import { type LedgerSealing, sealLedger } from "./seal-ledger.ts";

/** By which rules all ledgers of a target are to be sealed. */
export interface LedgersSealing extends LedgerSealing {
  /** Control planes that the target had before, beside those that the store has on record for it. Default: none. */
  readonly former?: readonly LedgerTarget[];
}

/**
 * Seals the ledger of a control plane, as {@link sealLedger} says, and with it the ledgers of all control planes that the target had before:
 * what was applied there is as secret. Each remembers by which rules it was sealed, so that one that is sealed already costs one query.
 */
export async function sealLedgers(
  connection: StoreConnection,
  here: LedgerTarget,
  { former = [], ...given }: LedgersSealing,
): Promise<void> {
  const known = await connection.db
    .selectFrom("sealed_kept")
    .select(["org", "endpoint"])
    .where("target", "=", given.target)
    // Without an endpoint it is about the texts of the target itself.
    .where("endpoint", "!=", "")
    .execute();
  const ledgers = new Map(
    [...former, ...known, here].map(({ org, endpoint }) => [`${endpoint} ${org}`, { org, endpoint }]),
  );
  for (const ledger of ledgers.values()) await sealLedger(connection, ledger, given);
}
