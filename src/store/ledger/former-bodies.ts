import type { Kysely } from "kysely";
import type { JournalEntry } from "../../model/ledger/ledger.ts";
import type { StoreTables } from "../database/store-schema.ts";
import { UNSETTLED } from "./ledger-rows.ts";
import type { ChangePlace } from "./log-change.ts";

/**
 * Drops the bodies of the same write's former tries: what fails is tried again in each pass, for as long as it does, and the newest try has the body as well.
 * What a queue had before it releases a cluster is set again: those that are over alone.
 */
export function dropFormerBodies(
  db: Kysely<StoreTables>,
  { key, id }: Pick<ChangePlace, "key" | "id">,
  { address, physical_name, op, phase }: Pick<JournalEntry, "address" | "physical_name" | "op" | "phase">,
) {
  return db
    .updateTable("journal_entry")
    .set({ body: null })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("address", "=", address)
    .where("wrote", "is not", null)
    .where("physical_name", "=", physical_name)
    .where("op", "=", op)
    .where("phase", phase === null ? "is" : "=", phase)
    .where("status", "in", ["failed", "confirmed", ...(op === "delete" ? UNSETTLED : [])])
    .where("body", "is not", null)
    .where("id", "!=", id);
}
