import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isDetails } from "../../model/daemon/service-shape.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";

type AuditRecords = Pick<DaemonRecords, "addAudit" | "readAudit">;

/** Who did what: only ever added to, until it is pruned. */
export function createAuditRecords(connection: StoreConnection): AuditRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addAudit: (entry) => explaining(async () => void (await insertAudit(connection, entry).execute())),
    readAudit: (target, limit, action) => explaining(() => readAudit(connection, target, limit, action)),
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
