import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { JournalEntry, LeaseAttempt, Ledger, OwnedObject } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import { explainStoreError } from "./explain-store-error.ts";
import { fromIntentRow, fromOwnedRow, toIntentRow, toOwnedRow } from "./ledger-rows.ts";
import type { StoreConnection, StoreTables } from "./store-schema.ts";

/** Whose ledger it is: the control plane by its canonical URL, and the org there. */
export interface LedgerTarget {
  readonly org: string;
  readonly endpoint: string;
}

type Db = Kysely<StoreTables>;

/**
 * The ledger of one target over SQL that SQLite and PostgreSQL both speak, each call one statement (a refused lease: two).
 * `now` gives milliseconds since 1970.
 */
export function createSqlLedger(connection: StoreConnection, target: LedgerTarget, now: () => number): Ledger {
  const { db, place } = connection;
  const key = { org: target.org, endpoint: target.endpoint };
  const guard = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw explainStoreError(error, place);
    }
  };
  const until = (ttlMs: number) => ({ now: toIso(now()), expires_at: toIso(now() + ttlMs) });
  return {
    readOwned: () => guard(() => readOwned(db, key)),
    recordOwned: (object) => guard(() => recordOwned(db, key, object)),
    forgetOwned: (address) => guard(() => forgetOwned(db, key, address)),
    recordIntent: (entry) => guard(() => recordIntent(db, key, entry)),
    recordSent: (id) => guard(() => setStatus(db, key, id, { status: "sent", message: null })),
    recordOutcome: (id, outcome, message) =>
      guard(() => setStatus(db, key, id, { status: outcome, message: message ?? null })),
    readOpenIntents: () => guard(() => readOpenIntents(db, key)),
    acquireLease: (holder, ttlMs) => guard(() => acquireLease(db, key, { holder, ...until(ttlMs) })),
    renewLease: (holder, ttlMs) => guard(() => renewLease(db, key, { holder, ...until(ttlMs) })),
    releaseLease: (holder) => guard(() => releaseLease(db, key, holder)),
    close: () => guard(() => connection.close()),
  };
}

function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
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

interface LeaseRequest {
  readonly holder: string;
  readonly now: string;
  readonly expires_at: string;
}

async function acquireLease(db: Db, key: LedgerTarget, request: LeaseRequest): Promise<LeaseAttempt> {
  const { holder, expires_at } = request;
  const won = await db
    .insertInto("writer_lease")
    .values({ ...key, holder, expires_at })
    .onConflict((conflict) =>
      conflict
        .columns(["org", "endpoint"])
        .doUpdateSet({ holder, expires_at })
        .where((row) =>
          row.or([row("writer_lease.holder", "=", holder), row("writer_lease.expires_at", "<=", request.now)]),
        ),
    )
    .returning("holder")
    .executeTakeFirst();
  if (won !== undefined) return { acquired: true, expires_at };
  const other = await db
    .selectFrom("writer_lease")
    .select(["holder", "expires_at"])
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .executeTakeFirst();
  // Given back between the two statements: it is free now.
  return other === undefined ? acquireLease(db, key, request) : { acquired: false, ...other };
}

async function renewLease(db: Db, key: LedgerTarget, request: LeaseRequest): Promise<boolean> {
  const result = await db
    .updateTable("writer_lease")
    .set({ expires_at: request.expires_at })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("holder", "=", request.holder)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function releaseLease(db: Db, key: LedgerTarget, holder: string): Promise<void> {
  await db
    .deleteFrom("writer_lease")
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("holder", "=", holder)
    .execute();
}
