import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isDetails } from "../../model/daemon/service-shape.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";

type AuditRecords = Pick<DaemonRecords, "addAudit" | "readAudit" | "readPinnedAt">;

/** Who did what: only ever added to, until it is pruned. */
export function createAuditRecords(connection: StoreConnection): AuditRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addAudit: (entry) => explaining(async () => void (await insertAudit(connection, entry).execute())),
    readAudit: (target, limit, action) => explaining(() => readAudit(connection, target, limit, action)),
    readPinnedAt: (target) => explaining(() => readPinnedAt(connection, target)),
  };
}

async function readAudit(
  { db }: StoreConnection,
  target: string | null,
  limit: number,
  action?: string,
): Promise<readonly AuditEntry[]> {
  let query = db.selectFrom("audit_entry").selectAll().orderBy("seq", "desc").orderBy("id", "desc").limit(limit);
  if (target !== null) query = query.where("target", "=", target);
  if (action !== undefined) query = query.where("action", "=", action);
  const rows = await query.execute();
  return rows.map(({ details, seq: _seq, ...rest }) => ({
    ...rest,
    details: readStoredJson(details, `audit ${rest.id}`, isDetails),
  }));
}

/** By the database, among any number of others: each user with write access may ask for passes. In texts of JSON, quotes are escaped. */
async function readPinnedAt({ db }: StoreConnection, target: string): Promise<string | null> {
  const row = await db
    .selectFrom("audit_entry")
    .select("at")
    .where("target", "=", target)
    .where(({ and, or, eb }) =>
      or([
        // Without a revision, a pass alone was asked for.
        and([eb("action", "=", "reconcile"), eb("details", "like", '%"revision":"%')]),
        and([eb("action", "=", "take-over"), eb("details", "like", '%"what":"pin"%')]),
      ]),
    )
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.at ?? null;
}
