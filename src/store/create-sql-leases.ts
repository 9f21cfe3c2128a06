import type { Selectable } from "kysely";
import { explainingErrors } from "./explain-store-error.ts";
import type { LeaseAttempt, LeaseRecord, LeaseRequest, Leases } from "./lease.ts";
import type { LedgerTarget, StoreConnection, WriterLeaseRow } from "./store-schema.ts";

/** The leases of one target over SQL that SQLite and PostgreSQL both speak, judged by the store's clock. */
export function createSqlLeases(connection: StoreConnection, target: LedgerTarget): Leases {
  const key = { org: target.org, endpoint: target.endpoint };
  const explaining = explainingErrors(connection.place);
  return {
    read: () => explaining(() => read(connection, key)),
    acquire: (request) => explaining(() => acquire(connection, key, request)),
    renew: (id, ttlMs, graceMs) => explaining(() => renew(connection, key, id, { ttlMs, graceMs })),
    release: (id) => explaining(() => release(connection, key, id)),
  };
}

async function read(store: StoreConnection, key: LedgerTarget): Promise<LeaseRecord | null> {
  const row = await select(store, key);
  return row === undefined ? null : toRecord(row);
}

/** The row of a target's lease, and the time of the store's clock as it was read. */
function select({ db, time }: StoreConnection, key: LedgerTarget) {
  return db
    .selectFrom("writer_lease")
    .selectAll()
    .select(time(0).as("now"))
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .executeTakeFirst();
}

/** One statement decides, so that of several that ask at once one wins; the next sees what that one has written. */
async function acquire(store: StoreConnection, key: LedgerTarget, request: LeaseRequest): Promise<LeaseAttempt> {
  const { holder, insteadOf } = request;
  // Read once, so that what is free by it is not taken before it was.
  const now = store.time(0);
  const taken = { ...holder, acquired_at: now, ...endOf(store, request), released: 0 };
  const won = await store.db
    .insertInto("writer_lease")
    .values({ ...key, ...taken, fencing_number: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(["org", "endpoint"])
        .doUpdateSet((row) => ({ ...taken, fencing_number: row("writer_lease.fencing_number", "+", 1) }))
        .where((row) =>
          row.or([
            row("writer_lease.released", "=", 1),
            row.and([
              row("writer_lease.free_at", "<=", now),
              // An older release that shares the store moves only this one.
              row("writer_lease.expires_at", "<=", now),
            ]),
            row("writer_lease.id", "=", insteadOf ?? ""),
          ]),
        ),
    )
    .returningAll()
    .executeTakeFirst();
  if (won !== undefined) return { acquired: true, record: toRecord(won) };
  const other = await select(store, key);
  // Given back between the two statements, or the store was emptied: it is free now.
  if (other === undefined || other.released !== 0) return acquire(store, key, request);
  const free = Math.max(Date.parse(other.expires_at), Date.parse(other.free_at || other.expires_at));
  return { acquired: false, record: toRecord(other), freeInMs: Math.max(0, free - Date.parse(other.now)) };
}

type Duration = Pick<LeaseRequest, "ttlMs" | "graceMs">;

function endOf({ time }: StoreConnection, { ttlMs, graceMs }: Duration) {
  return { expires_at: time(ttlMs), free_at: time(ttlMs + graceMs) };
}

/** One that has expired and that nobody took meanwhile is as good as before: nobody wrote in between. */
async function renew(store: StoreConnection, key: LedgerTarget, id: string, duration: Duration): Promise<boolean> {
  const result = await store.db
    .updateTable("writer_lease")
    .set(endOf(store, duration))
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("id", "=", id)
    .where("released", "=", 0)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The row stays: its number is what the next one counts on from. */
async function release({ db }: StoreConnection, key: LedgerTarget, id: string): Promise<void> {
  await db
    .updateTable("writer_lease")
    .set({ released: 1 })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("id", "=", id)
    .execute();
}

function toRecord(row: Selectable<WriterLeaseRow>): LeaseRecord {
  const { id, host, pid, machine, started, fencing_number, acquired_at, expires_at, free_at } = row;
  const holder = { id, host, pid, machine, started };
  return { ...holder, fencing_number, acquired_at, expires_at, free_at, released: row.released !== 0 };
}
