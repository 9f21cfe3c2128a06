import { type Kysely, sql } from "kysely";
import type { JournalEntry } from "../../model/ledger/ledger.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";

/** Stands for the values of a write that was tried again: the later try has them. */
export const LEFT_OUT = '{"left_out":true}';

/** Characters of values that a try without an answer keeps once it was tried again: what an ordinary write sets is shorter. */
const LONGEST_FORMER = 1_024;
/** The same where the later try is of another commit, whose values are its own. */
const LONGEST_OF_OTHERS = 16 * LONGEST_FORMER;

/**
 * Leaves out long values of the same write's former tries that had no answer: such a write is tried again in each pass, and a control plane
 * says with each what is there. Each try stays in the log. What routing depended on before a commit is read from the log, so no try loses
 * what no other one of its commit has, unless it is longer than objects are.
 */
export function leaveOutFormer(
  db: Kysely<StoreTables>,
  { key, id, place }: { readonly key: LedgerTarget; readonly id: string; readonly place: string },
  { address, physical_name, op, step_id }: JournalEntry,
  revision: string | null,
) {
  const length = sql<number>`length(coalesce("before", '')) + length(coalesce("after", ''))`;
  const leave = (column: "before" | "after") =>
    sql<string | null>`case when ${sql.ref(column)} is null then null else ${LEFT_OUT} end`;
  return db
    .updateTable("change_entry")
    .set({ before: leave("before"), after: leave("after") })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("place", "=", place)
    .where("address", "=", address)
    .where("physical_name", "=", physical_name)
    .where("op", "=", op)
    .where("step_id", "=", step_id)
    .where("id", "!=", id)
    .where((row) => row.or([row("result", "is", null), row("result", "=", "unanswered")]))
    .where((row) =>
      row.or([
        row(length, ">", LONGEST_OF_OTHERS),
        row.and([row(length, ">", LONGEST_FORMER), row("revision", revision === null ? "is" : "=", revision)]),
      ]),
    );
}
