import { type Selectable, sql } from "kysely";
import { explainingErrors } from "../database/explain-store-error.ts";
import { READ_VERSION, refuseNewer, STORE_VERSION } from "../database/migrations.ts";
import type { LedgerTarget, StoreConnection, WriterLeaseRow } from "../database/store-schema.ts";
import type { LeaseAttempt, LeaseRecord, LeaseRequest, LeaseSubject, Leases } from "./lease.ts";
import { type MonotonicClock, monotonicClock } from "./monotonic-clock.ts";

/**
 * Foreign leases that this process observes, as it first saw them, by target. A clock may have run ahead and been set right since: no time
 * in a store proves that a lease is held. A process that has seen one for its whole length without a renewal, by a monotonic clock, knows
 * that it is over.
 */
export interface LeaseWatch {
  readonly clock: MonotonicClock;
  readonly seen: Map<string, Seen>;
}

interface Seen {
  readonly id: string;
  /** A renewal moves it. */
  readonly expires_at: string;
  /** When it is over unless it is renewed, by the watch's clock. */
  readonly over: number;
}

/** One that has seen nothing yet. */
export function createLeaseWatch(clock: MonotonicClock = monotonicClock): LeaseWatch {
  return { clock, seen: new Map() };
}

/** The leases of one subject over SQL that SQLite and PostgreSQL both speak, judged by the store's clock, and by the watch where that is sooner. */
export function createSqlLeases(connection: StoreConnection, subject: LeaseSubject, watch: LeaseWatch): Leases {
  const key = keyOf(subject);
  const explaining = explainingErrors(connection.place);
  return {
    read: () => explaining(() => read(connection, key, watch)),
    acquire: (request) => explaining(() => acquire(connection, key, watch, request)),
    renew: (id, ttlMs, graceMs) => explaining(() => renew(connection, key, id, { ttlMs, graceMs })),
    release: (id) => explaining(() => release(connection, key, id)),
  };
}

/** The table is keyed by control planes, and none is at the endpoint of a job. Replicas of the release before take the same row. */
function keyOf(subject: LeaseSubject): LedgerTarget {
  switch (subject.kind) {
    case "control_plane":
      return { org: subject.org, endpoint: subject.endpoint };
    case "job":
      return { org: "", endpoint: `passes over ${subject.name}` };
  }
}

async function read(store: StoreConnection, key: LedgerTarget, watch: LeaseWatch): Promise<LeaseRecord | null> {
  const row = await select(store, key);
  return row === undefined ? null : look(watch, key, row).record;
}

/** As far as two clocks of one machine may differ over the length of a lease. */
const MARGIN_MS = 1_000;

/** A lease of another one: its times are no later than it can last. */
function look({ clock, seen }: LeaseWatch, key: LedgerTarget, row: SelectedRow) {
  const name = nameKey(key);
  const { id, expires_at, lasts_ms } = row;
  const before = seen.get(name);
  const isSame = before?.id === id && before.expires_at === expires_at;
  // From after it was read, so that it is never over too soon.
  const now = clock.now();
  const { over } = isSame ? before : { over: now + lasts_ms };
  seen.set(name, { id, expires_at, over });
  const stored = Date.parse(row.now);
  const latest = stored + Math.max(0, over - now);
  const record = toRecord(row);
  // A read takes a moment between the two clocks, each time another one: that is no time ahead.
  const cut = (end: string) => (Date.parse(end) > latest + MARGIN_MS ? new Date(latest).toISOString() : end);
  const ends = { expires_at: cut(expires_at), free_at: cut(record.free_at) };
  const end = (of: Pick<LeaseRecord, "expires_at" | "free_at">) =>
    Math.max(Date.parse(of.expires_at), Date.parse(of.free_at));
  const freeInMs = Math.max(0, end(ends) - stored);
  return { record: { ...record, ...ends }, freeInMs, isAhead: end(record) > end(ends) };
}

function nameKey({ org, endpoint }: LedgerTarget): string {
  return JSON.stringify([org, endpoint]);
}

type SelectedRow = Selectable<WriterLeaseRow> & { readonly now: string };

/** The row of a target's lease, and the time of the store's clock as it was read. */
function select({ db, time }: StoreConnection, key: LedgerTarget) {
  return db
    .selectFrom("lease")
    .selectAll()
    .select(time(0).as("now"))
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .executeTakeFirst();
}

/** One statement decides, so that one of several concurrent callers wins; the next sees its result. */
async function acquire(
  store: StoreConnection,
  key: LedgerTarget,
  watch: LeaseWatch,
  request: LeaseRequest,
): Promise<LeaseAttempt> {
  const { holder, insteadOf } = request;
  await requireCurrent(store);
  const seen = watch.seen.get(nameKey(key));
  const over = seen !== undefined && watch.clock.now() >= seen.over ? seen : null;
  // Read once, so that what is free by it is not taken before it was.
  const now = store.time(0);
  const taken = { ...holder, acquired_at: now, ...endOf(store, request), released: 0 };
  const won = await store.db
    .insertInto("lease")
    .values({ ...key, ...taken, fencing_number: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(["org", "endpoint"])
        .doUpdateSet((row) => ({ ...taken, fencing_number: row("lease.fencing_number", "+", 1) }))
        .where((row) =>
          row.or([
            row("lease.released", "=", 1),
            row.and([
              row("lease.free_at", "<=", now),
              // An older release that shares the store moves only this one.
              row("lease.expires_at", "<=", now),
            ]),
            row("lease.id", "=", insteadOf ?? ""),
            row.and([row("lease.id", "=", over?.id ?? ""), row("lease.expires_at", "=", over?.expires_at ?? "")]),
          ]),
        ),
    )
    .returningAll()
    .executeTakeFirst();
  if (won !== undefined) return { acquired: true, record: toRecord(won) };
  const other = await select(store, key);
  // Given back between the two statements, or the store was emptied: it is free now.
  if (other === undefined || other.released !== 0) return acquire(store, key, watch, request);
  return { acquired: false, ...look(watch, key, other) };
}

type Duration = Pick<LeaseRequest, "ttlMs" | "graceMs">;

function endOf({ time }: StoreConnection, { ttlMs, graceMs }: Duration) {
  return { expires_at: time(ttlMs), free_at: time(ttlMs + graceMs), lasts_ms: ttlMs + graceMs };
}

/** One that has expired and was not taken since is still valid: no other run wrote in between. */
async function renew(store: StoreConnection, key: LedgerTarget, id: string, duration: Duration): Promise<boolean> {
  const result = await store.db
    .updateTable("lease")
    .set(endOf(store, duration))
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("id", "=", id)
    .where("released", "=", 0)
    .where(IS_CURRENT)
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return true;
  await requireCurrent(store);
  return false;
}

/** Whether the tables are still those of this release. */
const IS_CURRENT = sql<boolean>`not exists (select 1 from store_migration where version > ${sql.lit(STORE_VERSION)})`;

async function requireCurrent({ db, place }: StoreConnection): Promise<void> {
  const { rows } = await sql<{ readonly version: number }>`${sql.raw(READ_VERSION)}`.execute(db);
  refuseNewer(Number(rows[0]?.version), place);
}

/** The row stays: its number is what the next one counts on from. */
async function release({ db }: StoreConnection, key: LedgerTarget, id: string): Promise<void> {
  await db
    .updateTable("lease")
    .set({ released: 1 })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("id", "=", id)
    .execute();
}

function toRecord(row: Selectable<WriterLeaseRow>): LeaseRecord {
  const { id, host, pid, machine, started, fencing_number, acquired_at, expires_at } = row;
  // An older release leaves it empty.
  const free_at = row.free_at || expires_at;
  const holder = { id, host, pid, machine, started };
  return { ...holder, fencing_number, acquired_at, expires_at, free_at, released: row.released !== 0 };
}
