import { type Kysely, sql } from "kysely";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isOnTheWay, listOwnDrains } from "../../model/ledger/own-drains.ts";
import { isOfRows } from "../database/explain-store-error.ts";
import { inParts } from "../database/in-parts.ts";
import { KEPT_TABLES } from "../database/kept-tables.ts";
import { PROOF_WITHIN_MS } from "../database/migrations.ts";
import type { StoreConnection, StoreTables } from "../database/store-schema.ts";
import type { StoredRow } from "../database/stored-row.ts";
import { isProcessGone } from "../leases/identify-process.ts";
import { fromOwnWriteRow } from "../ledger/ledger-rows.ts";
import { NEW_LOGS } from "../ledger/log-change.ts";
import { moveApprovals } from "../records/move-approvals.ts";
import { readStateBody } from "../records/state-body.ts";

/** Most rows, and about the most characters, of one statement. */
const BATCH_ROWS = 100;
const BATCH_LENGTH = 4_000_000;

type Db = Kysely<StoreTables>;

/**
 * Replaces all content of a store by rows, or changes nothing. Leases stay as they are. Returns the number of rows. Throws an
 * OperationalError `store_not_empty` without `force`, `store_in_use` while a lease is held or daemons run on a database, and `rows_refused`, which names the table, where
 * the database doesn't accept rows, as with a column that their table has not.
 */
export async function restoreSnapshot(
  connection: StoreConnection,
  rows: AsyncIterable<StoredRow>,
  force: boolean,
): Promise<number> {
  const { place } = connection;
  return connection.patient.transaction().execute(async (db) => {
    // From here on no lease is taken and no daemon proves that it can write, until the restore is over: what begins in between would see, and
    // write into, what is replaced. SQLite has its one lock.
    if (connection.isShared) await sql`lock table lease, store_probe in exclusive mode`.execute(db);
    await refuseWhileHeld({ ...connection, db });
    if (connection.isShared) await refuseBesideDaemons({ ...connection, db });
    const former = await readLastNumber(db);
    for (const { name, isGiven } of KEPT_TABLES) {
      if (!force && !isGiven && !(await isEmpty(db, name))) throw notEmpty(place);
      await sql`delete from ${sql.table(name)}`.execute(db);
    }
    const count = await insertAll(db, rows);
    await endUnfinished(db);
    await skipNumbers({ ...connection, db }, former);
    return count;
  });
}

/** Runs in progress at the time of the backup have ended since, and later ones may have built on them: none of them is resumed. */
async function endUnfinished(db: Db): Promise<void> {
  const end = (status: string, former: readonly string[]) =>
    db.updateTable("journal_entry").set({ status }).where("status", "in", former).execute();
  await end("failed", ["intent"]);
  // What was drained on the way is reported whether or not it was answered: nothing else knows who has drained it.
  const drains = await findDrains(db);
  await end("restored", ["sent", "unknown"]);
  for (const part of inParts(drains)) {
    await db.updateTable("journal_entry").set({ status: "restored" }).where("id", "in", part).execute();
  }
  // Who named what then says nothing of now: it is tried as anything else.
  await end("failed", ["refused"]);
  // What was owned may have been deleted since, and made again by another writer.
  await db.updateTable("owned_object").set({ unconfirmed: 1 }).execute();
  // A value that they wrote proves nothing any more, as another writer may have set the same since. Those that are open are reported by it.
  await db.updateTable("journal_entry").set({ wrote: null }).where("status", "!=", "restored").execute();
  // Writes whose results will never be logged are in the change log already, or of no use.
  const open = db.selectFrom("journal_entry").select("id").where("status", "=", "restored");
  await db.deleteFrom("change_entry").where("seq", "is", null).where("id", "not in", open).execute();
  await moveApprovals({ db }, "restore").execute();
  await db.deleteFrom("pass_request").execute();
  for (const { target, body } of await db.selectFrom("target_state").selectAll().execute()) {
    const ended = JSON.stringify(endBegun(readStateBody(body, target)));
    await db.updateTable("target_state").set({ body: ended }).where("target", "=", target).execute();
  }
}

/** The entries of what unfinished rollouts of any control plane have drained on their way and not put back. */
async function findDrains(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("journal_entry")
    .select(["id", "org", "endpoint", "address", "physical_name", "op", "phase", "step_id", "wrote", "sent_at"])
    .where("status", "in", ["sent", "unknown", "confirmed"])
    .where("wrote", "is not", null)
    .orderBy("seq")
    .orderBy("id")
    .execute();
  const written = Map.groupBy(rows, ({ org, endpoint }) => JSON.stringify([org, endpoint]));
  return [...written.values()].flatMap((ofOne) =>
    listOwnDrains(ofOne.flatMap((row) => fromOwnWriteRow(row).map((write) => ({ ...write, id: row.id }))))
      .filter(isOnTheWay)
      .map(({ write }) => write.id),
  );
}

/** No rollout that had begun, at any place of the target, passes a closed window as a remainder, nor runs past the end of its approval. */
function endBegun(state: TargetState): TargetState {
  const former = state.former?.map((place) => ({ ...place, begun: null }));
  return { ...state, begun: null, ...(former === undefined ? {} : { former }) };
}

/**
 * Moves the numbers of every control plane's change log on to the time in milliseconds: beyond all that were given out since the backup, in
 * this store or another one, since a write takes longer than a millisecond. So who has read up to one of them misses nothing that is
 * written from now on.
 */
async function skipNumbers({ db, time }: Pick<StoreConnection, "db" | "time">, former: number): Promise<void> {
  const { now } = await db.selectNoFrom(time(0).as("now")).executeTakeFirstOrThrow();
  const last = Math.max(Date.parse(now), former, await readLastNumber(db));
  await db.deleteFrom("change_count").where("endpoint", "=", NEW_LOGS.endpoint).execute();
  await db.updateTable("change_count").set({ last }).execute();
  await db
    .insertInto("change_count")
    .values({ ...NEW_LOGS, last })
    .execute();
}

async function readLastNumber(db: Db): Promise<number> {
  const { last } = await db
    .selectFrom("change_count")
    .select(({ fn }) => fn.max("last").as("last"))
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

async function refuseWhileHeld({ db, time, place }: StoreConnection): Promise<void> {
  const leases = await db
    .selectFrom("lease")
    .select(["host", "pid", "machine", "started", "free_at", "lasts_ms", time(0).as("now")])
    .where("released", "=", 0)
    .where("free_at", ">", time(0))
    .execute();
  // A time further ahead than a lease can last was written by a clock that ran ahead, and proves nothing.
  const held = leases.find(({ free_at, lasts_ms, now }) => Date.parse(free_at) - Date.parse(now) <= lasts_ms);
  if (held === undefined) return;
  const holder = `The store at ${place} is in use: process ${held.pid} on ${held.host}`;
  const message = isProcessGone(held)
    ? `${holder} was killed while it held the right to write to a control plane: its last write may still arrive. Restore again after ${held.free_at}.`
    : `${holder} is writing to a control plane. Stop it, or wait until its lease is free at ${held.free_at}, and restore again.`;
  throw new OperationalError("store_in_use", message, { next: "wait" });
}

/** A daemon at rest holds no lease, but takes approvals and pauses at any time: a restore would drop them. */
async function refuseBesideDaemons({ db, time, place }: StoreConnection): Promise<void> {
  const proof = await db
    .selectFrom("store_probe")
    .select("at")
    .where("at", ">", time(-PROOF_WITHIN_MS))
    .where("at", "<=", time(PROOF_WITHIN_MS))
    .executeTakeFirst();
  if (proof === undefined) return;
  const free = new Date(Date.parse(proof.at) + PROOF_WITHIN_MS).toISOString();
  throw new OperationalError(
    "store_in_use",
    `The store at ${place} is in use: a daemon wrote to it at ${proof.at}. Stop every daemon of this store, and restore again after ${free}. --force does not override this.`,
    { next: "wait" },
  );
}

async function isEmpty(db: Db, table: string): Promise<boolean> {
  return (await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)).rows.length === 0;
}

function notEmpty(place: string): OperationalError {
  return new OperationalError(
    "store_not_empty",
    `The store at ${place} is not empty. Use another one, or replace its content with --force.`,
    { next: "stop" },
  );
}

async function insertAll(db: Db, rows: AsyncIterable<StoredRow>): Promise<number> {
  let [count, length] = [0, 0];
  let batch: StoredRow[] = [];
  for await (const stored of rows) {
    if (batch[0] !== undefined && (isFull(batch, length) || !isAlike(batch[0], stored))) {
      await insert(db, batch);
      [batch, length] = [[], 0];
    }
    batch.push(stored);
    length += Object.values(stored.row).reduce<number>((sum, value) => sum + String(value).length, 0);
    count += 1;
  }
  if (batch.length > 0) await insert(db, batch);
  return count;
}

function isFull(batch: readonly StoredRow[], length: number): boolean {
  return batch.length >= BATCH_ROWS || length >= BATCH_LENGTH;
}

/** Of one table and with the same columns in the same order. */
function isAlike(one: StoredRow, other: StoredRow): boolean {
  return one.table === other.table && Object.keys(one.row).join() === Object.keys(other.row).join();
}

async function insert(db: Db, batch: readonly StoredRow[]): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const columns = sql.join(Object.keys(first.row).map((column) => sql.ref(column)));
  const values = sql.join(batch.map(({ row }) => sql`(${sql.join(Object.values(row))})`));
  try {
    await sql`insert into ${sql.table(first.table)} (${columns}) values ${values}`.execute(db);
  } catch (error) {
    if (!isOfRows(error)) throw error;
    const said = error instanceof Error ? error.message : String(error);
    const message = `the database doesn't accept its rows of the table ${first.table} (${said})`;
    throw new OperationalError("rows_refused", message, { next: "stop", cause: error });
  }
}
