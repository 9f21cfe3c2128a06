import type { AuditEntry, DaemonRecords } from "../../model/daemon-records.ts";
import { explainingErrors } from "../explain-store-error.ts";
import { readStoredJson } from "../read-stored-json.ts";
import type { StoreConnection } from "../store-schema.ts";

type AuditRecords = Pick<DaemonRecords, "addAudit" | "readAudit">;

/** Who did what: only ever added to, until it is pruned. */
export function createAuditRecords(connection: StoreConnection): AuditRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addAudit: (entry) => explaining(() => addAudit(connection, entry)),
    readAudit: (target, limit) => explaining(() => readAudit(connection, target, limit)),
  };
}

async function addAudit({ db }: StoreConnection, entry: AuditEntry): Promise<void> {
  await db
    .insertInto("audit_entry")
    .values({ ...entry, details: JSON.stringify(entry.details) })
    .execute();
}

async function readAudit(
  { db }: StoreConnection,
  target: string | null,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const all = db.selectFrom("audit_entry").selectAll().orderBy("at", "desc").orderBy("id", "desc").limit(limit);
  const rows = await (target === null ? all : all.where("target", "=", target)).execute();
  return rows.map(({ details, ...rest }) => ({ ...rest, details: readStoredJson(details, `audit ${rest.id}`) }));
}
