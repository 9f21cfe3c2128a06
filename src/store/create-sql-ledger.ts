import { randomUUID } from "node:crypto";
import type { Compilable, Kysely } from "kysely";
import type { IntendedChange } from "../model/change-log.ts";
import type { JournalEntry, LastWrites, Ledger, Outcome, OwnedObject, WrittenEntry } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import { explainingErrors } from "./explain-store-error.ts";
import { leaseLost } from "./hold-lease.ts";
import {
  fromIntentRow,
  fromOwnedRow,
  fromOwnWriteRow,
  fromWrittenRow,
  toIntentRow,
  toOwnedRow,
} from "./ledger-rows.ts";
import { type ChangePlace, dropChange, keepChange, logChange } from "./log-change.ts";
import { nextSeq } from "./next-seq.ts";
import type { LedgerTarget, Statements, StoreConnection, StoreTables } from "./store-schema.ts";

type Db = Kysely<StoreTables>;

/**
 * The ledger of one target over SQL that SQLite and PostgreSQL both speak, each call one transaction. With the id of a lease, what
 * is owned changes only while that lease is the target's last and was not given back; else it throws an OperationalError
 * `lease_lost`. Who closes it is the caller's.
 */
export function createSqlLedger(
  connection: StoreConnection,
  target: LedgerTarget,
  lease: string | null = null,
): Omit<Ledger, "close"> {
  const { db, place } = connection;
  const key = { org: target.org, endpoint: target.endpoint };
  const guard = explainingErrors(place);
  const change = (statement: Compilable) =>
    guard(() => connection.transact(() => changeOwned(db, key, lease, statement)));
  return {
    readOwned: () => guard(() => readOwned(db, key)),
    recordOwned: (object) => change(recordOwned(db, key, [object])),
    recordAllOwned: async (objects) => {
      if (objects.length > 0) await change(recordOwned(db, key, objects));
    },
    settleOwned: async (revisions) => {
      if (revisions.length > 0) await change(settleOwned(db, key, revisions));
    },
    forgetOwned: (address) => change(forgetOwned(db, key, address)),
    recordIntent: (entry, change = null) => {
      const id = randomUUID();
      return guard(() => connection.transact(() => recordIntent(db, { key, id }, entry, change)));
    },
    recordSent: (id) =>
      guard(() => connection.transact(() => setStatus(db, { key, id }, { status: "sent", message: null }))),
    recordOutcome: (id, outcome, message) =>
      guard(() => connection.transact(() => recordOutcome(db, { key, id }, outcome, message))),
    recordChange: (id, result) => guard(() => connection.transact(() => logChange(db, { key, id }, result))),
    closeIntent: (id, message) => guard(() => connection.transact(() => closeIntent(db, { key, id }, message))),
    readWritten: (run_id) => guard(() => readWritten(db, key, run_id)),
    readLastWrites: () => guard(() => readLastWrites(db, key)),
    readOwnWrites: () => guard(() => readOwnWrites(db, key)),
    settleOwnWrites: (address) => change(settleOwnWrites(db, key, address)),
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

function* changeOwned(db: Db, key: LedgerTarget, lease: string | null, change: Compilable): Statements<void> {
  if (lease !== null && (yield keepLease(db, key, lease)) === 0) throw leaseLost("another run has taken it over");
  yield change;
}

/** Changes nothing of the lease, and lets nobody take it before the transaction ends. */
function keepLease(db: Db, { org, endpoint }: LedgerTarget, id: string): Compilable {
  return db
    .updateTable("writer_lease")
    .set({ id })
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("id", "=", id)
    .where("released", "=", 0);
}

function recordOwned(db: Db, key: LedgerTarget, objects: readonly OwnedObject[]): Compilable {
  return db
    .insertInto("owned_object")
    .values(objects.map((object) => ({ ...key, ...toOwnedRow(object) })))
    .onConflict((conflict) =>
      conflict.columns(["org", "endpoint", "address"]).doUpdateSet((row) => ({
        physical_name: row.ref("excluded.physical_name"),
        previous_names: row.ref("excluded.previous_names"),
        prevent_destroy: row.ref("excluded.prevent_destroy"),
        on_remove: row.ref("excluded.on_remove"),
        applied: row.ref("excluded.applied"),
        manifest: row.ref("excluded.manifest"),
        revision: row.ref("excluded.revision"),
        updated_at: row.ref("excluded.updated_at"),
      })),
    );
}

function settleOwned(db: Db, key: LedgerTarget, revisions: readonly string[]): Compilable {
  return db
    .updateTable("owned_object")
    .set({ revision: null })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("revision", "in", revisions);
}

function forgetOwned(db: Db, key: LedgerTarget, address: string): Compilable {
  return db
    .deleteFrom("owned_object")
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("address", "=", address);
}

function* recordIntent(
  db: Db,
  place: ChangePlace,
  entry: JournalEntry,
  change: IntendedChange | null,
): Statements<string> {
  const { key, id } = place;
  yield db.insertInto("journal_entry").values({ ...key, id, ...toIntentRow(entry), seq: nextSeq("journal_entry") });
  if (change !== null) yield keepChange(db, place, entry, change);
  return id;
}

function* recordOutcome(db: Db, place: ChangePlace, outcome: Outcome, message: string | undefined): Statements<void> {
  yield* setStatus(db, place, { status: outcome, message: message ?? null });
  if (outcome === "confirmed") yield* logChange(db, place, "confirmed");
  if (outcome === "failed") yield dropChange(db, place);
}

function* closeIntent(db: Db, place: ChangePlace, message: string | undefined): Statements<void> {
  yield* setStatus(db, place, { status: "confirmed", message: message ?? null });
  yield dropChange(db, place);
}

function* setStatus(
  db: Db,
  { key, id }: ChangePlace,
  set: { readonly status: string; readonly message: string | null },
): Statements<void> {
  const changed = yield db
    .updateTable("journal_entry")
    .set(set)
    .where("id", "=", id)
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint);
  if (changed > 0) return;
  throw new OperationalError(
    "store_entry_missing",
    `The store has no journal entry ${id} of ${key.org} at ${key.endpoint}: was it replaced or restored meanwhile?`,
    { next: "stop" },
  );
}

/** The entries of writes that took effect, or may have, oldest first. */
function selectEffective(db: Db, key: LedgerTarget) {
  return db
    .selectFrom("journal_entry")
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("status", "in", ["sent", "unknown", "confirmed"])
    .orderBy("seq")
    .orderBy("id");
}

async function readWritten(db: Db, key: LedgerTarget, run_id: string): Promise<readonly WrittenEntry[]> {
  const rows = await selectEffective(db, key)
    .select(["step_id", "address", "physical_name"])
    .where("run_id", "=", run_id)
    .execute();
  return rows.map(fromWrittenRow);
}

async function readOwnWrites(db: Db, key: LedgerTarget) {
  const rows = await selectEffective(db, key)
    .select(["address", "physical_name", "op", "wrote"])
    .where("wrote", "is not", null)
    .execute();
  return rows.flatMap(fromOwnWriteRow);
}

function settleOwnWrites(db: Db, key: LedgerTarget, address: string): Compilable {
  return db
    .updateTable("journal_entry")
    .set({ wrote: null })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("address", "=", address)
    .where("wrote", "is not", null);
}

async function readOpenIntents(db: Db, key: LedgerTarget) {
  const rows = await db
    .selectFrom("journal_entry")
    .selectAll()
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("status", "in", ["intent", "sent", "unknown"])
    .orderBy("seq")
    .orderBy("id")
    .execute();
  return rows.map(fromIntentRow);
}

async function readLastWrites(db: Db, key: LedgerTarget): Promise<LastWrites> {
  const rows = await db
    .selectFrom("journal_entry")
    .select(({ fn }) => ["address", fn.max("at").as("at")])
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("status", "!=", "failed")
    .groupBy("address")
    .execute();
  return Object.fromEntries(rows.map(({ address, at }) => [address, at]));
}

/** Forgets all that is owned and journaled of a target, and its change log. */
export async function clearLedger({ db }: StoreConnection, { org, endpoint }: LedgerTarget): Promise<void> {
  await db.deleteFrom("change_entry").where("org", "=", org).where("endpoint", "=", endpoint).execute();
  await db.deleteFrom("journal_entry").where("org", "=", org).where("endpoint", "=", endpoint).execute();
  await db.deleteFrom("owned_object").where("org", "=", org).where("endpoint", "=", endpoint).execute();
}
