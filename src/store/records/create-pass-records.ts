import type { AppliedRevision, DaemonRecords, PassRequest } from "../../model/daemon/daemon-records.ts";
import { readDestination, writeDestination } from "../../model/daemon/destination.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { PassRecord } from "../../model/passes/pass.ts";
import { isPassOutcome } from "../../model/passes/pass-shape.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { inParts } from "../database/in-parts.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { nextSeq } from "../database/next-seq.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { PassRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { type BoundedConnection, pastBudget } from "./past-budget.ts";

type PassRecords = Pick<
  DaemonRecords,
  | "recordPass"
  | "readPasses"
  | "readPass"
  | "addRequest"
  | "readRequests"
  | "endRequests"
  | "recordApplied"
  | "readApplied"
>;

/** Passes that were made, those that are asked for, and what was applied by them. */
export function createPassRecords(connection: BoundedConnection): PassRecords {
  const explaining = explainingErrors(connection.place);
  return {
    recordPass: (record) => explaining(() => connection.transact(() => recordPass(connection, record))),
    readPasses: (target, limit) => explaining(() => readPasses(connection, target, limit)),
    readPass: (id) => explaining(() => readPass(connection, id)),
    addRequest: (request, audit) => explaining(() => connection.transact(() => addRequest(connection, request, audit))),
    readRequests: (target) => explaining(() => readRequests(connection, target)),
    endRequests: (ids) => explaining(() => endRequests(connection, ids)),
    recordApplied: (applied, audit) =>
      explaining(() => connection.transact(() => recordApplied(connection, applied, audit))),
    readApplied: (target, limit) => explaining(() => readApplied(connection, target, limit)),
  };
}

/** The oldest go where they don't fit beside it. */
function* recordPass({ db, mostKeptBytes }: BoundedConnection, record: PassRecord): Statements<void> {
  const { id, target } = record;
  yield db
    .insertInto("pass_record")
    .values({ ...record, outcome: JSON.stringify(record.outcome), seq: nextSeq("pass_record") })
    // Written again when its answer was lost.
    .onConflict((conflict) => conflict.column("id").doUpdateSet((pass) => ({ outcome: pass.ref("excluded.outcome") })));
  const past = pastBudget("pass_record", target, mostKeptBytes);
  yield db.deleteFrom("pass_record").where("id", "!=", id).where("id", "in", past);
}

async function readPasses({ db }: StoreConnection, target: string, limit: number): Promise<readonly PassRecord[]> {
  const rows = await db
    .selectFrom("pass_record")
    .selectAll()
    .where("target", "=", target)
    .orderBy("seq", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(fromPassRow);
}

async function readPass({ db }: StoreConnection, id: string): Promise<PassRecord | null> {
  const row = await db.selectFrom("pass_record").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : fromPassRow(row);
}

function fromPassRow({ outcome, seq: _seq, ...rest }: PassRow): PassRecord {
  return { ...rest, outcome: readStoredJson(outcome, `pass ${rest.id}`, isPassOutcome) };
}

function* addRequest(connection: StoreConnection, request: PassRequest, audit: AuditEntry): Statements<void> {
  const { destination, ...rest } = request;
  const added = yield connection.db
    .insertInto("pass_request")
    .values({ ...rest, revision: writeDestination(destination) })
    .onConflict((conflict) => conflict.column("id").doNothing());
  if (added > 0) yield insertAudit(connection, audit);
}

/** Oldest first. */
async function readRequests({ db }: StoreConnection, target: string): Promise<readonly PassRequest[]> {
  const rows = db.selectFrom("pass_request").selectAll().where("target", "=", target).orderBy("at").orderBy("id");
  return (await rows.execute()).map(({ revision, ...rest }) => ({ ...rest, destination: readDestination(revision) }));
}

async function endRequests({ db }: StoreConnection, ids: readonly string[]): Promise<void> {
  for (const part of inParts(ids)) await db.deleteFrom("pass_request").where("id", "in", part).execute();
}

function* recordApplied(connection: StoreConnection, applied: AppliedRevision, audit: AuditEntry): Statements<void> {
  yield connection.db
    .insertInto("applied_revision")
    .values({ ...applied, seq: nextSeq("applied_revision") })
    .onConflict((conflict) => conflict.columns(["target", "pass"]).doUpdateSet(applied));
  yield insertAudit(connection, audit);
}

async function readApplied(
  { db }: StoreConnection,
  target: string,
  limit: number,
): Promise<readonly AppliedRevision[]> {
  const rows = await db
    .selectFrom("applied_revision")
    .selectAll()
    .where("target", "=", target)
    .orderBy("seq", "desc")
    .orderBy("pass", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ seq: _seq, ...applied }) => applied);
}
