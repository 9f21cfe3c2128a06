import type { BegunWrite } from "../../model/ledger/ledger.ts";
import type { StoreConnection } from "../database/store-schema.ts";
import { type LedgerPlaces, listPlacesHere } from "./ledger-places.ts";
import { readAddress } from "./ledger-rows.ts";

/** Of each run, for which changes it has written, or may have, that are not on record as applied yet. In no order. */
export async function readBegunWrites({ db }: StoreConnection, target: LedgerPlaces): Promise<readonly BegunWrite[]> {
  const rows = await db
    .selectFrom("journal_entry")
    .select(["run_id", "address"])
    .distinct()
    .where("org", "=", target.org)
    .where("endpoint", "=", target.endpoint)
    .where("place", "in", listPlacesHere(target))
    .where("status", "in", ["sent", "unknown", "confirmed"])
    .where("wrote", "is not", null)
    .execute();
  return rows.map(({ run_id, address }) => ({ run_id, address: readAddress(address).address }));
}
