import { closeGivenUp } from "./create-sql-ledger.ts";
import type { LedgerTarget, StoreConnection } from "./store-schema.ts";

/** An object on record at a flyteadmin or a place of delivery, and the control plane whose ledger has it. */
export interface RecordThere extends LedgerTarget {
  readonly address: string;
}

/** What any ledger has on record at a place: owned objects, and leftovers of interrupted runs. By address. */
export async function listRecordsAt({ db }: StoreConnection, place: string): Promise<readonly RecordThere[]> {
  // What stands on a control plane itself is at no place.
  if (place === "") return [];
  const rows = await db
    .selectFrom("owned_object")
    .select(["org", "endpoint", "address"])
    .where("place", "=", place)
    .where("released", "=", 0)
    .union(selectOpen(db, place).select(["org", "endpoint", "address"]))
    .execute();
  return rows.sort((one, other) => (one.address < other.address ? -1 : 1));
}

/** Ends the records of a place: its objects are unowned from now on, and no interrupted run is resumed. Nothing there changes. Idempotent. */
export async function forgetPlace(connection: StoreConnection, place: string): Promise<void> {
  if (place === "") return;
  const { db } = connection;
  for (const { id, org, endpoint } of await selectOpen(db, place).select(["id", "org", "endpoint"]).execute()) {
    await closeGivenUp(connection, { org, endpoint }, id, "forgotten with its place");
  }
  // What was sensitive there stays so, as of all that is let go.
  await db.updateTable("owned_object").set({ released: 1 }).where("place", "=", place).execute();
}

function selectOpen(db: StoreConnection["db"], place: string) {
  return db
    .selectFrom("journal_entry")
    .where("place", "=", place)
    .where("status", "in", ["intent", "sent", "unknown", "restored"]);
}
