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
    addApproval: (approval, audit, former = null) =>
      explaining(() => connection.transact(() => addApproval(connection, { approval, former }, audit))),
    addRejection: (rejection, audit) =>
      explaining(() => connection.transact(() => addRejection(connection, rejection, audit))),
    readApprovals: (target) => explaining(() => readApprovals(connection, target)),
    moveApproval: (id, from, to) => explaining(() => moveApproval(connection, id, from, to)),
  };
}

/** A unique index decides. One whose time is over before its rollout has begun stands in nobody's way, whether or not a pass has noted it. */
function* addApproval(
  connection: StoreConnection,
  { approval, former }: { readonly approval: Approval; readonly former: string | null },
  audit: AuditEntry,
): Statements<boolean> {
  const { time } = connection;
  yield endLive(connection, approval.target, "expired")
    .where("digest", "=", approval.digest)
    .where("state", "=", "open")
    .where("expires_at", "<=", time(0));
  if (former !== null && (yield endLive(connection, approval.target, "superseded").where("id", "=", former)) === 0) {
    return false;
  }
  const added = yield insertApproval(connection, approval).onConflict((conflict) => conflict.doNothing());
  if (added === 0) return false;
  yield insertAudit(connection, audit);
  return true;
}

/**
 * Ends every approval of the target that counts, whatever its digest: what is left of a rollout is another plan than the one that was
 * approved, and a rejection of either stops it. What is approved after that counts again.
 */
function* addRejection(connection: StoreConnection, rejection: Approval, audit: AuditEntry): Statements<void> {
  yield endLive(connection, rejection.target, "rejected");
  yield insertApproval(connection, rejection);
  yield insertAudit(connection, audit);
}

/** Ends those of a target that count. */
function endLive({ db }: StoreConnection, target: string, state: ApprovalState) {
  return db.updateTable("approval").set({ state }).where("target", "=", target).where("state", "in", LIVE_STATES);
}

function insertApproval({ db }: StoreConnection, approval: Approval) {
  const { overrides, allowances = null, ...rest } = approval;
  const asked = { overrides: JSON.stringify(overrides), allowances: JSON.stringify(allowances) };
  return db.insertInto("approval").values({ ...rest, ...asked });
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

function fromApprovalRow({ overrides, allowances, ...rest }: ApprovalRow): Approval {
  const place = `approval ${rest.id}`;
  const known: Approval["allowances"] | null = readStoredJson(allowances, place);
  return { ...rest, overrides: readStoredJson(overrides, place), ...(known == null ? {} : { allowances: known }) };
}

function isOne(rows: bigint | undefined): boolean {
  return rows === 1n;
}
