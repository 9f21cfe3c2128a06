import { sql } from "kysely";
import type { StoreConnection, StoreTables } from "../database/store-schema.ts";

/** What is written as time passes, and when. */
const DATED: readonly (readonly [keyof StoreTables, string])[] = [
  ["pass_record", "ended_at"],
  ["audit_entry", "at"],
  ["approval", "at"],
  ["kept_plan", "made_at"],
  ["applied_revision", "at"],
  ["journal_entry", "at"],
  ["change_entry", "at"],
];

/** As `DaemonRecords.isDated`. */
export async function isDated({ db }: StoreConnection, from: string, until: string): Promise<boolean> {
  for (const [table, at] of DATED) {
    const time = sql.ref(at);
    const found = sql`select 1 from ${sql.table(table)} where ${time} >= ${from} and ${time} < ${until} limit 1`;
    if ((await found.execute(db)).rows.length > 0) return true;
  }
  return false;
}
