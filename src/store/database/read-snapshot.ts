import { type Kysely, type RawBuilder, sql } from "kysely";
import { explainStoreError } from "./explain-store-error.ts";
import { KEPT_TABLES, type KeptTable } from "./kept-tables.ts";
import type { StoreConnection, StoreTables } from "./store-schema.ts";
import type { StoredRow } from "./stored-row.ts";

/** Every row that a backup holds, as of one moment, independent of concurrent writers. The connection is in use until the last row was read. */
export async function* readSnapshot({ patient, place, isShared }: StoreConnection): AsyncGenerator<StoredRow> {
  try {
    // SQLite's transactions see one moment anyway. Only those that write ask for its lock.
    const moment = await patient
      .startTransaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute();
    try {
      // It may wait for the one who takes the backup: a pipe, or a slow network. One that stands still would keep the server from cleaning
      // up, and the next release from its upgrade.
      if (isShared) await sql`set local idle_in_transaction_session_timeout = '1h'`.execute(moment);
      for (const table of KEPT_TABLES) yield* readTable(moment, table);
    } finally {
      await moment.rollback().execute();
    }
  } catch (error) {
    throw explainStoreError(error, place);
  }
}

/** The rows of a table for which `which` holds, in the order of its key; never more than a page of them is held. */
export async function* readTable(
  db: Kysely<StoreTables>,
  { name, key, page }: KeptTable,
  which: RawBuilder<unknown> = sql`true`,
): AsyncGenerator<StoredRow> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  let isNext = sql`true`;
  for (;;) {
    const query = sql<
      StoredRow["row"]
    >`select * from ${sql.table(name)} where ${which} and ${isNext} order by ${columns} limit ${page}`;
    const { rows } = await query.execute(db);
    for (const row of rows) yield { table: name, row };
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    isNext = sql`(${columns}) > (${sql.join(key.map((column) => last[column]))})`;
  }
}
