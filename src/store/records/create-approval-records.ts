import type { Approval, ApprovalState, DaemonRecords } from "../../model/daemon-records.ts";
import { explainingErrors } from "../explain-store-error.ts";
import { readStoredJson } from "../read-stored-json.ts";
import type { StoreConnection } from "../store-schema.ts";
import type { ApprovalRow } from "./record-tables.ts";

type ApprovalRecords = Pick<DaemonRecords, "addApproval" | "readApprovals" | "moveApproval">;

/** The states of one that counts. */
const LIVE_STATES: readonly ApprovalState[] = ["open", "running"];

/** Who allowed what. */
export function createApprovalRecords(connection: StoreConnection): ApprovalRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addApproval: (approval) => explaining(() => addApproval(connection, approval)),
    readApprovals: (target) => explaining(() => readApprovals(connection, target)),
    moveApproval: (id, from, to) => explaining(() => moveApproval(connection, id, from, to)),
  };
}

/** A unique index decides; one whose time is over stands in nobody's way, whether or not a pass has noted it. */
async function addApproval({ db, time }: StoreConnection, approval: Approval): Promise<boolean> {
  await db
    .updateTable("approval")
    .set({ state: "expired" })
    .where("target", "=", approval.target)
    .where("digest", "=", approval.digest)
    .where("state", "in", LIVE_STATES)
    .where("expires_at", "<=", time(0))
    .execute();
  const result = await db
    .insertInto("approval")
    .values({ ...approval, overrides: JSON.stringify(approval.overrides) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return isOne(result.numInsertedOrUpdatedRows);
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
