import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { maskValue } from "../../model/secrets/mask-credentials.ts";
import { nextSeq } from "./next-seq.ts";
import type { StoreConnection } from "./store-schema.ts";

/** The statement that adds an entry, for the transaction of its act. Its details are masked: some are the words of a user. */
export function insertAudit({ db }: Pick<StoreConnection, "db">, entry: AuditEntry) {
  return db.insertInto("audit_entry").values({
    ...entry,
    details: JSON.stringify(maskValue(JSON.parse(JSON.stringify(entry.details)))),
    seq: nextSeq("audit_entry"),
  });
}
