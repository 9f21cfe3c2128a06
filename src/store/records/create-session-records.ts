import type { DaemonRecords, SessionState } from "../../model/daemon/daemon-records.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";

type SessionRecords = Pick<DaemonRecords, "readSession" | "endSession" | "endSessions">;

/** Sessions of the page that were ended before their time. Those that hold are kept by browsers alone. */
export function createSessionRecords(connection: StoreConnection): SessionRecords {
  const explaining = explainingErrors(connection.place);
  return {
    readSession: (token, id) => explaining(() => readSession(connection, token, id)),
    endSession: (id, expiresAt) => explaining(() => endSession(connection, id, expiresAt)),
    endSessions: (token, audit) => explaining(() => connection.transact(() => endSessions(connection, token, audit))),
  };
}

async function readSession({ db }: StoreConnection, token: string, id: string): Promise<SessionState> {
  const { epoch, ended } = await db
    .selectNoFrom((row) => [
      row.selectFrom("session_epoch").select("session_epoch.epoch").where("token", "=", token).as("epoch"),
      row.selectFrom("ended_session").select("ended_session.id").where("id", "=", id).as("ended"),
    ])
    .executeTakeFirstOrThrow();
  return { epoch: epoch ?? 0, ended: ended !== null };
}

async function endSession({ db }: StoreConnection, id: string, expiresAt: string): Promise<void> {
  await db
    .insertInto("ended_session")
    .values({ id, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Sessions name the epoch that they were opened in, so that no clock decides which of them are over. */
function* endSessions(connection: StoreConnection, token: string, audit: AuditEntry): Statements<void> {
  yield connection.db
    .insertInto("session_epoch")
    .values({ token, epoch: 1 })
    .onConflict((conflict) =>
      conflict.column("token").doUpdateSet((row) => ({ epoch: row("session_epoch.epoch", "+", 1) })),
    );
  yield insertAudit(connection, audit);
}
