import type { Approval, ApprovalState, AuditEntry, DaemonRecords } from "../../model/daemon-records.ts";
import { explainingErrors } from "../explain-store-error.ts";
import { readStoredJson } from "../read-stored-json.ts";
import type { Statements, StoreConnection } from "../store-schema.ts";
import { insertAudit } from "./create-audit-records.ts";
import type { ApprovalRow } from "./record-tables.ts";

type ApprovalRecords = Pick<DaemonRecords, "addApproval" | "addRejection" | "readApprovals" | "moveApproval">;

/** The states of one that counts. */
const LIVE_STATES: readonly ApprovalState[] = ["open", "running"];

/** Who allowed what. */
export function createApprovalRecords(connection: StoreConnection): ApprovalRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addApproval: (approval, audit) =>
      explaining(() => connection.transact(() => addApproval(connection, approval, audit))),
    addRejection: (rejection, audit) =>
      explaining(() => connection.transact(() => addRejection(connection, rejection, audit))),
    readApprovals: (target) => explaining(() => readApprovals(connection, target)),
    moveApproval: (id, from, to) => explaining(() => moveApproval(connection, id, from, to)),
  };
}

/** A unique index decides; one whose time is over stands in nobody's way, whether or not a pass has noted it. */
function* addApproval(connection: StoreConnection, approval: Approval, audit: AuditEntry): Statements<boolean> {
  const { time } = connection;
  yield endLive(connection, approval, "expired").where("expires_at", "<=", time(0));
  const added = yield insertApproval(connection, approval).onConflict((conflict) => conflict.doNothing());
  if (added === 0) return false;
  yield insertAudit(connection, audit);
  return true;
}

function* addRejection(connection: StoreConnection, rejection: Approval, audit: AuditEntry): Statements<void> {
  yield endLive(connection, rejection, "rejected");
  yield insertApproval(connection, rejection);
  yield insertAudit(connection, audit);
}

/** Ends those of a plan that count. */
function endLive({ db }: StoreConnection, { target, digest }: Approval, state: ApprovalState) {
  return db
    .updateTable("approval")
    .set({ state })
    .where("target", "=", target)
    .where("digest", "=", digest)
    .where("state", "in", LIVE_STATES);
}

function insertApproval({ db }: StoreConnection, approval: Approval) {
  return db.insertInto("approval").values({ ...approval, overrides: JSON.stringify(approval.overrides) });
}

/** Newest first. */
async function readApprovals({ db }: StoreConnection, target: string): Promise<readonly Approval[]> {
  const rows = await db
    .selectFrom("approval")
    .selectAll()
    .where("target", "=", target)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(fromApprovalRow);
}

async function moveApproval(
  { db }: StoreConnection,
  id: string,
  from: readonly ApprovalState[],
  to: ApprovalState,
): Promise<boolean> {
  if (from.length === 0) return false;
  const result = await db
    .updateTable("approval")
    .set({ state: to })
    .where("id", "=", id)
    .where("state", "in", from)
    .executeTakeFirst();
  return isOne(result.numUpdatedRows);
}

function fromApprovalRow({ overrides, ...rest }: ApprovalRow): Approval {
  return { ...rest, overrides: readStoredJson(overrides, `approval ${rest.id}`) };
}

function isOne(rows: bigint | undefined): boolean {
  return rows === 1n;
}
