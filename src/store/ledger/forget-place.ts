import type { ExpressionBuilder } from "kysely";
import type { FormerPlace } from "../../model/ledger/former-place.ts";
import type { LedgerTarget, StoreConnection, StoreTables } from "../database/store-schema.ts";
import { closeGivenUp } from "./create-sql-ledger.ts";
import { SENT, UNSETTLED } from "./ledger-rows.ts";

/** An object on record at a place, and the control plane whose ledger has it. */
export interface RecordThere extends LedgerTarget {
  readonly address: string;
  /** The place itself; "": it is half-way at the control plane. */
  readonly place: string;
}

/**
 * What any ledger has on record at a flyteadmin or a place of delivery: owned objects, and leftovers of interrupted runs. At a control plane, by
 * its endpoint and, where it is given, its organization: what is half-way there. By address.
 */
export async function listRecordsAt({ db }: StoreConnection, at: FormerPlace): Promise<readonly RecordThere[]> {
  const { place } = at;
  // What stands on a control plane itself is at no other place.
  if (place === "") return [];
  const rows = await db
    .selectFrom("owned_object")
    .select(COLUMNS)
    .where("place", "=", place)
    .where("released", "=", 0)
    .union(selectOpen(db, place).select(COLUMNS))
    .union(selectBegun(db, at).select(COLUMNS))
    .execute();
  return rows.sort((one, other) => (one.address < other.address ? -1 : 1));
}

const COLUMNS = ["org", "endpoint", "address", "place"] as const;

/**
 * Ends the records of a place: its objects are unowned from now on, and no interrupted run is resumed. Of a control plane, what is half-way there
 * counts as it is; what is owned there stays owned. Nothing there changes. Idempotent.
 */
export async function forgetPlace(connection: StoreConnection, at: FormerPlace): Promise<void> {
  const { place } = at;
  if (place === "") return;
  const { db } = connection;
  const open = [
    ...(await selectOpen(db, place).select(["id", "org", "endpoint"]).execute()),
    ...(await selectBegun(db, at).where("status", "in", UNSETTLED).select(["id", "org", "endpoint"]).execute()),
  ];
  for (const { id, org, endpoint } of open)
    await closeGivenUp(connection, { org, endpoint }, id, "its place was forgotten");
  await db
    .updateTable("journal_entry")
    .set({ wrote: null })
    .where(isAtControlPlane(at))
    .where("wrote", "is not", null)
    .execute();
  // What was sensitive there stays so, as of all that is released.
  await db.updateTable("owned_object").set({ released: 1 }).where("place", "=", place).execute();
}

function selectOpen(db: StoreConnection["db"], place: string) {
  return db.selectFrom("journal_entry").where("place", "=", place).where("status", "in", UNSETTLED);
}

/** The entries of a control plane that are not over. */
function selectBegun(db: StoreConnection["db"], at: FormerPlace) {
  return db
    .selectFrom("journal_entry")
    .where(isAtControlPlane(at))
    .where("status", "in", [...UNSETTLED, ...SENT])
    .where((row) => row.or([row("status", "in", UNSETTLED), row("wrote", "is not", null)]));
}

function isAtControlPlane({ place, org }: FormerPlace) {
  return (row: ExpressionBuilder<StoreTables, "journal_entry">) =>
    row.and({ endpoint: place, place: "", ...(org !== undefined && { org }) });
}
