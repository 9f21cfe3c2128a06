import { randomUUID } from "node:crypto";
import type { AuditEntry, DaemonRecords } from "../model/daemon-records.ts";
import type { Actor } from "../web/daemon-service.ts";

/** Writes down who did what to a target, now. */
export async function writeAudit(
  records: DaemonRecords,
  { name: who, via }: Pick<Actor, "name" | "via">,
  entry: Pick<AuditEntry, "target" | "action" | "details">,
): Promise<void> {
  await records.addAudit({ ...entry, who, via, id: randomUUID(), at: await records.now() });
}
