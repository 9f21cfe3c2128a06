import { setImmediate as letOthersRun } from "node:timers/promises";
import { sql } from "kysely";
import type { StoreConnection } from "../database/store-schema.ts";

/**
 * Acts of the daemon itself that a forge can cause without end, as it alters the daemon's comment or a status before each round, or makes up strangers'
 * commands. With the texts of others, some kilobytes each. Nothing is decided by them.
 */
const OWN_ACTS: ReadonlySet<string> = new Set(["restore_comment", "restore_statuses", "ignore_commands"]);

/** Entries of each that are left for a target, and their bytes, when they are trimmed, and how many more come before the next time. */
export const OWN_ACTS_ROOM = { entries: 900, bytes: 4_000_000, between: 100 } as const;

/** Most rows of one statement. */
const BATCH = 500;

/** Whether entries of this act are trimmed. */
export function isOwnAct(action: string): boolean {
  return OWN_ACTS.has(action);
}

/** Drops the oldest entries of the audit of an act of a target for which there is no room. */
export async function trimOwnActs({ db }: StoreConnection, target: string, action: string): Promise<void> {
  const own = db.selectFrom("audit_entry").where("target", "=", target).where("action", "=", action);
  const ranked = own.select([
    "seq",
    sql<number>`row_number() over (order by seq desc, id desc)`.as("nth"),
    sql<number>`sum(octet_length(details)) over (order by seq desc, id desc)`.as("bytes"),
  ]);
  const past = await db
    .selectFrom(ranked.as("own"))
    .select(({ fn }) => fn.max<number | null>("own.seq").as("seq"))
    .where((row) => row.or([row("nth", ">", OWN_ACTS_ROOM.entries), row("bytes", ">", OWN_ACTS_ROOM.bytes)]))
    .executeTakeFirst();
  const newest = past?.seq ?? null;
  if (newest === null) return;
  const old = own.select("id").where("seq", "<=", newest).limit(BATCH);
  const remove = () => db.deleteFrom("audit_entry").where("id", "in", old).executeTakeFirst();
  while ((await remove()).numDeletedRows >= BATCH) await letOthersRun();
}
