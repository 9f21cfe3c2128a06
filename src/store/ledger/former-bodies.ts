import type { Kysely } from "kysely";
import type { JournalEntry } from "../../model/ledger/ledger.ts";
import type { Statements, StoreTables } from "../database/store-schema.ts";
import { UNSETTLED } from "./ledger-rows.ts";
import type { ChangePlace } from "./log-change.ts";

/** The addresses of what takes nothing along as it is deleted from its place: its body is only shown. */
const ALONE = ["settings.", "flyte_clusters."];

/**
 * Drops the bodies of the same write's former tries: what fails is tried again in each pass, for as long as it does, and the newest try has the body as well.
 * What a queue had before it releases a cluster is set again: those that are over alone. Of rows each try has those that it took along.
 */
export function* dropFormerBodies(
  db: Kysely<StoreTables>,
  { key, id }: Pick<ChangePlace, "key" | "id">,
  { address, physical_name, op, phase, wrote }: JournalEntry,
): Statements<void> {
  if (wrote === null && (op !== "delete" || !ALONE.some((kind) => address.startsWith(kind)))) return;
  const former = db
    .updateTable("journal_entry")
    .set({ body: null })
    .where("org", "=", key.org)
    .where("endpoint", "=", key.endpoint)
    .where("address", "=", address)
    .where("wrote", wrote === null ? "is" : "is not", null)
    .where("physical_name", "=", physical_name)
    .where("op", "=", op)
    .where("phase", phase === null ? "is" : "=", phase)
    .where("status", "in", [
      "failed",
      ...(wrote === null ? [] : ["confirmed" as const]),
      ...(op === "delete" ? UNSETTLED : []),
    ])
    .where("body", "is not", null)
    .where("id", "!=", id);
  yield former;
}
