import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isText, listOf, orNull } from "../../model/json/shape.ts";
import type { Approval, ApprovalEvent } from "../../model/passes/approval.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { ApprovalMark } from "../../model/passes/decision.ts";
import { isAllowance } from "../../model/plan/plan-shape.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { nextSeq } from "../database/next-seq.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ApprovalRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { moveApprovals } from "./move-approvals.ts";
import { confirmKnown, insertDecision, recordDecision, takeNumber } from "./record-decision.ts";

type ApprovalRecords = Pick<DaemonRecords, "addApproval" | "addRejection" | "readApprovals" | "moveApproval">;

/** Who allowed what. */
export function createApprovalRecords(connection: StoreConnection): ApprovalRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addApproval: (approval, audit, { former = null, mark = NO_MARK } = {}) =>
      explaining(() => connection.transact(() => addApproval(connection, { approval, former, mark }, audit))),
    addRejection: (rejection, audit) =>
      explaining(() =>
        connection.transact(function* () {
          yield* takeNumber(connection, rejection.target);
          yield* recordDecision(connection, rejection);
          if (audit !== null) yield insertAudit(connection, audit);
        }),
      ),
    readApprovals: (target) => explaining(() => readApprovals(connection, target)),
    moveApproval: (id, event) => explaining(() => moveApproval(connection, id, event)),
  };
}

/** `known`: the most that a number of the databases holds. */
const NO_MARK: ApprovalMark = { effects: [], lifts: [], known: 2_147_483_647 };

interface GivenApproval {
  readonly approval: Approval;
  readonly former: string | null;
  readonly mark: ApprovalMark;
}

/**
 * A unique index decides. One that expired before its rollout has begun blocks no other, whether or not a pass has noted it. A rejection
 * that was recorded since the approver looked wins.
 */
function* addApproval(
  connection: StoreConnection,
  { approval, former, mark: { known, ...mark } }: GivenApproval,
  audit: AuditEntry,
): Statements<boolean> {
  const { time } = connection;
  const { id, target, digest, revision, by, via, at } = approval;
  yield* takeNumber(connection, target);
  if ((yield confirmKnown(connection, target, known)) === 0) return false;
  yield moveApprovals(connection, "expire")
    .where("target", "=", target)
    .where("digest", "=", digest)
    .where("state", "=", "open")
    .where("expires_at", "<=", time(0));
  if (former !== null) {
    const ended = yield moveApprovals(connection, "supersede").where("target", "=", target).where("id", "=", former);
    if (ended === 0) return false;
  }
  const added = yield insertApproval(connection, approval).onConflict((conflict) => conflict.doNothing());
  if (added === 0) return false;
  const given = { id, target, digest, revision, by, via, at, ...mark };
  yield insertDecision(connection, { ...given, kind: "approve", request: null, head: null });
  yield insertAudit(connection, audit);
  return true;
}

function insertApproval({ db }: StoreConnection, approval: Approval) {
  const { overrides, allowances = null, ...rest } = approval;
  const asked = { overrides: JSON.stringify(overrides), allowances: JSON.stringify(allowances) };
  return db.insertInto("approval").values({ ...rest, ...asked, seq: nextSeq("approval") });
}

/** Newest first. */
async function readApprovals({ db }: StoreConnection, target: string): Promise<readonly Approval[]> {
  const rows = await db
    .selectFrom("approval")
    .selectAll()
    .where("target", "=", target)
    .orderBy("seq", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(fromApprovalRow);
}

async function moveApproval(connection: StoreConnection, id: string, event: ApprovalEvent): Promise<boolean> {
  const moved = await moveApprovals(connection, event).where("id", "=", id).executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

function fromApprovalRow({ overrides, allowances, seq: _seq, ...rest }: ApprovalRow): Approval {
  const place = `approval ${rest.id}`;
  const known = readStoredJson(allowances, place, orNull(listOf(isAllowance)));
  const asked = readStoredJson(overrides, place, listOf(isText));
  return { ...rest, overrides: asked, ...(known === null ? {} : { allowances: known }) };
}
