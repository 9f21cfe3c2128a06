import { randomUUID } from "node:crypto";
import type { Actor } from "../model/daemon/daemon-service.ts";
import type { AuditEntry } from "../model/passes/audit-entry.ts";

/** The entry of who did what to a target and when, to be written with the act itself. */
export function draftAudit(
  { name: who, via }: Pick<Actor, "name" | "via">,
  entry: Pick<AuditEntry, "at" | "target" | "action" | "details">,
): AuditEntry {
  return { ...entry, who, via, id: randomUUID() };
}
