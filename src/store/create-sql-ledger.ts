import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { JournalEntry, Ledger, OwnedObject } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import { explainingErrors } from "./explain-store-error.ts";
import { fromIntentRow, fromOwnedRow, toIntentRow, toOwnedRow } from "./ledger-rows.ts";
import type { LedgerTarget, StoreConnection, StoreTables } from "./store-schema.ts";

type Db = Kysely<StoreTables>;

/** The ledger of one target over SQL that SQLite and PostgreSQL both speak, each call one statement. Who closes it is the caller's. */
export function createSqlLedger(connection: StoreConnection, target: LedgerTarget): Omit<Ledger, "close"> {
  const { db, place } = connection;
  const key = { org: target.org, endpoint: target.endpoint };
  const guard = explainingErrors(place);
  return {
    readOwned: () => guard(() => readOwned(db, key)),
    recordOwned: (object) => guard(() => recordOwned(db, key, object)),
    forgetOwned: (address) => guard(() => forgetOwned(db, key, address)),
    recordIntent: (entry) => guard(() => recordIntent(db, key, entry)),
    recordSent: (id) => guard(() => setStatus(db, key, id, { status: "sent", message: null })),
    recordOutcome: (id, outcome, message) =>
      guard(() => setStatus(db, key, id, { status: outcome, message: message ?? null })),
    readOpenIntents: () => guard(() => readOpenIntents(db, key)),
  };
}

async function readOwned(db: Db, key: LedgerTarget) {
  const rows = await db
    .selectFrom("owned_object")
    .selectAll()
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .execute();
  // Databases sort text by rules of their own; ours is the same everywhere.
  return rows.map(fromOwnedRow).sort((one, other) => (one.address < other.address ? -1 : 1));
}

async function recordOwned(db: Db, key: LedgerTarget, object: OwnedObject): Promise<void> {
  const row = { ...key, ...toOwnedRow(object) };
  await db
    .insertInto("owned_object")
    .values(row)
    .onConflict((conflict) => conflict.columns(["org", "endpoint", "address"]).doUpdateSet(row))
    .execute();
}

async function forgetOwned(db: Db, key: LedgerTarget, address: string): Promise<void> {
  await db
    .deleteFrom("owned_object")
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("address", "=", address)
    .execute();
}

async function recordIntent(db: Db, key: LedgerTarget, entry: JournalEntry): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto("journal_entry")
    .values({ ...key, id, ...toIntentRow(entry) })
    .execute();
  return id;
}

async function setStatus(db: Db, key: LedgerTarget, id: string, set: { status: string; message: string | null }) {
  const result = await db
    .updateTable("journal_entry")
    .set(set)
    .where("id", "=", id)
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return;
  throw new OperationalError(
    "store_entry_missing",
    `The store has no journal entry ${id} of ${key.org} at ${key.endpoint}: was it replaced or restored meanwhile?`,
    { next: "stop" },
  );
}

async function readOpenIntents(db: Db, key: LedgerTarget) {
  const rows = await db
    .selectFrom("journal_entry")
    .selectAll()
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("status", "in", ["intent", "sent", "unknown"])
    .orderBy("at")
    .orderBy("id")
    .execute();
  return rows.map(fromIntentRow);
}

/** Forgets all that is owned and journaled of a target. */
export async function clearLedger({ db }: StoreConnection, { org, endpoint }: LedgerTarget): Promise<void> {
  await db.deleteFrom("journal_entry").where("org", "=", org).where("endpoint", "=", endpoint).execute();
  await db.deleteFrom("owned_object").where("org", "=", org).where("endpoint", "=", endpoint).execute();
}
