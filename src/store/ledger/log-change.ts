import { type Compilable, type Kysely, sql } from "kysely";
import type { ChangeResult, IntendedChange } from "../../model/ledger/change-log.ts";
import type { JournalEntry } from "../../model/ledger/ledger.ts";
import type { LedgerTarget, Statements, StoreTables } from "../database/store-schema.ts";
import { toChangeRow } from "./change-rows.ts";
import { leaveOutFormer } from "./former-values.ts";

type Db = Kysely<StoreTables>;

/** The change log of one control plane, and in it the write of one journal entry. */
export interface ChangePlace {
  readonly key: LedgerTarget;
  /** The journal entry's. */
  readonly id: string;
}

/** Under this key stands the number after which the log of a control plane begins that has none yet; no row: 0. No control plane has it. */
export const NEW_LOGS: LedgerTarget = { org: "", endpoint: "" };

function beginning(db: Db) {
  const { org, endpoint } = NEW_LOGS;
  return db.selectFrom("change_count").select("last").where("org", "=", org).where("endpoint", "=", endpoint);
}

/**
 * Keeps what the log is to say of a write, for the transaction that records its intent: it has no number in the log yet. Of former tries
 * it takes over the values.
 */
export function* keepChange(
  db: Db,
  { key, id, place }: ChangePlace & { readonly place: string },
  entry: JournalEntry,
  change: IntendedChange,
): Statements<void> {
  yield leaveOutFormer(db, { key, id, place }, entry, change.revision);
  yield db.insertInto("change_entry").values({ ...key, id, place, ...toChangeRow(entry, change) });
}

/** Forgets a write that is not in the log. */
export function dropChange(db: Db, { id }: ChangePlace): Compilable {
  return db.deleteFrom("change_entry").where("id", "=", id).where("seq", "is", null);
}

/**
 * Gives a write the next number in the log; nothing where it has one, or nothing was kept of it. Numbers are drawn one transaction after
 * another, so that a reader that has reached a number never meets a smaller one later.
 */
export function* logChange(db: Db, { key, id }: ChangePlace, result: ChangeResult): Statements<void> {
  const { org, endpoint } = key;
  const entered = yield db.updateTable("change_entry").set({ result }).where("id", "=", id).where("seq", "is", null);
  if (entered === 0) return;
  yield db
    .insertInto("change_count")
    .values({ org, endpoint, last: sql<number>`coalesce((${beginning(db)}), 0)` })
    .onConflict((conflict) => conflict.doNothing());
  yield db
    .updateTable("change_count")
    .set(({ eb }) => ({ last: eb("last", "+", 1) }))
    .where("org", "=", org)
    .where("endpoint", "=", endpoint);
  yield db
    .updateTable("change_entry")
    .set(({ selectFrom }) => ({
      seq: selectFrom("change_count").select("last").where("org", "=", org).where("endpoint", "=", endpoint),
    }))
    .where("id", "=", id);
}
