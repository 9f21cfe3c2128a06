import type { ChangeEntry, ChangeQuery } from "../model/change-log.ts";
import { describeSealing } from "../sealing/describe-sealing.ts";
import { listUncovered } from "../sealing/list-uncovered.ts";
import { fromChangeRow } from "./change-rows.ts";
import { createSealings } from "./records/create-sealings.ts";
import type { LedgerTarget, StoreConnection } from "./store-schema.ts";

/**
 * Entries of a control plane's change log. Values that were sealed by fewer rules than count now are left out: a command, or a replica that was
 * not configured anew, may have written them.
 */
export async function readChanges(
  connection: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { patterns, target, address, after, before, limit, order }: ChangeQuery,
): Promise<readonly ChangeEntry[]> {
  let query = connection.db
    .selectFrom("change_entry")
    .selectAll()
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("seq", "is not", null);
  if (target !== undefined)
    query = query.where((row) => row.or([row("target", "=", target), row("target", "is", null)]));
  if (address !== undefined) query = query.where("address", "=", address);
  if (after !== undefined) query = query.where("seq", ">", after);
  if (before !== undefined) query = query.where("seq", "<", before);
  const rows = await query
    .orderBy("seq", order === "newest" ? "desc" : "asc")
    .limit(limit)
    .execute();
  const required = describeSealing({ patterns, desired: [] });
  const sealings = createSealings(connection, () => null);
  const shown = new Map<string, boolean>([["", true]]);
  for (const { sealed_by } of rows) {
    if (!shown.has(sealed_by)) {
      shown.set(sealed_by, listUncovered(required, await sealings.read(sealed_by)).length === 0);
    }
  }
  return rows.map((row) => fromChangeRow(row, shown.get(row.sealed_by) === true));
}
