import type { DaemonRecords, TargetState } from "../../model/daemon/daemon-records.ts";
import { isKnownAuthors, isSighting } from "../../model/daemon/state-shape.ts";
import type { TakenHolds } from "../../model/daemon/taken-holds.ts";
import { listOf } from "../../model/json/shape.ts";
import type { RequestsTrouble } from "../../model/reviews/request-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { nextSeq } from "../database/next-seq.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { addOutbox } from "./create-outbox-records.ts";
import { moveApprovals } from "./move-approvals.ts";
import { copyDecision } from "./record-decision.ts";
import { readStateBody } from "./state-body.ts";
import type { MakeRoom } from "./trim-ended.ts";

type StateRecords = Pick<
  DaemonRecords,
  | "now"
  | "proveWrite"
  | "readState"
  | "readStates"
  | "changeState"
  | "readSightings"
  | "writeSightings"
  | "readAuthors"
  | "writeAuthors"
  | "readRequestsTrouble"
  | "noteRequestsTrouble"
>;

/** What is known of each target, as one value that is replaced as a whole; the store's clock, and whether it can be written. */
export function createStateRecords(connection: StoreConnection, makeRoom: MakeRoom): StateRecords {
  const explaining = explainingErrors(connection.place);
  return {
    now: () => explaining(() => readNow(connection)),
    proveWrite: () => explaining(() => connection.transact(() => proveWrite(connection))),
    readState: (target) =>
      explaining(async () => {
        const body = await readBody(connection, "target_state", target);
        return body === null ? null : readStateBody(body, target);
      }),
    readStates: () => explaining(() => readStates(connection)),
    changeState: (target, change, along) =>
      explaining(async () => {
        await changeState(connection, { target, change, along });
        const { messages = [], alarms = [] } = along ?? {};
        await makeRoom(target, messages.length + alarms.length);
      }),
    readSightings: (target) =>
      explaining(async () => {
        const body = await readBody(connection, "sighting_list", target);
        return body === null ? [] : readStoredJson(body, target, listOf(isSighting));
      }),
    writeSightings: (target, sightings) => explaining(() => writeBody(connection, "sighting_list", target, sightings)),
    readAuthors: (target) =>
      explaining(async () => {
        const body = await readBody(connection, "known_authors", target);
        return body === null ? null : readStoredJson(body, target, isKnownAuthors);
      }),
    writeAuthors: (known) => explaining(() => writeBody(connection, "known_authors", known.target, known)),
    readRequestsTrouble: (target) => explaining(() => readRequestsTrouble(connection, target)),
    noteRequestsTrouble: (target, found) => explaining(() => noteRequestsTrouble(connection, target, found)),
  };
}

async function readNow({ db, time }: StoreConnection): Promise<string> {
  return (await db.selectNoFrom(time(0).as("now")).executeTakeFirstOrThrow()).now;
}

/** In a transaction, as what a pass finds is recorded: so it fails as soon as that does. */
function* proveWrite({ db, time }: StoreConnection): Statements<void> {
  yield db
    .insertInto("store_probe")
    .values({ id: 1, at: time(0) })
    .onConflict((conflict) => conflict.column("id").doUpdateSet((row) => ({ at: row.ref("excluded.at") })));
}

async function readRequestsTrouble({ db }: StoreConnection, target: string): Promise<RequestsTrouble | null> {
  const columns = ["code", "message", "since", "next_at"] as const;
  const row = await db.selectFrom("requests_trouble").select(columns).where("target", "=", target).executeTakeFirst();
  return row ?? null;
}

/** Passes are made one at a time: no other process writes anything of the target between the two statements. */
async function noteRequestsTrouble(
  { db, time }: StoreConnection,
  target: string,
  found: Parameters<StateRecords["noteRequestsTrouble"]>[1],
): Promise<boolean> {
  const known = await db.selectFrom("requests_trouble").select("since").where("target", "=", target).executeTakeFirst();
  if (found === null) {
    if (known !== undefined) await db.deleteFrom("requests_trouble").where("target", "=", target).execute();
    return known !== undefined;
  }
  const { code, message, nextMs } = found;
  await db
    .insertInto("requests_trouble")
    .values({ target, code, message, since: time(0), next_at: time(nextMs) })
    .onConflict((conflict) =>
      conflict.column("target").doUpdateSet((row) => ({
        ...{ code: row.ref("excluded.code"), message: row.ref("excluded.message") },
        next_at: row.ref("excluded.next_at"),
      })),
    )
    .execute();
  return known === undefined;
}

type BodyTable = "target_state" | "sighting_list" | "known_authors";

async function readBody({ db }: StoreConnection, table: BodyTable, target: string): Promise<string | null> {
  const row = await db.selectFrom(table).select("body").where("target", "=", target).executeTakeFirst();
  return row?.body ?? null;
}

async function readStates({ db }: StoreConnection): Promise<readonly TargetState[]> {
  const rows = await db.selectFrom("target_state").selectAll().execute();
  // Databases sort text by rules of their own; ours is the same everywhere.
  return rows
    .map(({ target, body }) => readStateBody(body, target))
    .sort((one, other) => (one.target < other.target ? -1 : 1));
}

async function writeBody(connection: StoreConnection, table: BodyTable, target: string, value: object): Promise<void> {
  await putBody(connection, table, target, value).execute();
}

function putBody({ db }: StoreConnection, table: BodyTable, target: string, value: object) {
  return db
    .insertInto(table)
    .values({ target, body: JSON.stringify(value) })
    .onConflict((conflict) => conflict.column("target").doUpdateSet((row) => ({ body: row.ref("excluded.body") })));
}

interface StateChange {
  readonly target: string;
  readonly change: Parameters<StateRecords["changeState"]>[1];
  readonly along: Parameters<StateRecords["changeState"]>[2];
}

async function changeState(connection: StoreConnection, { target, change, along }: StateChange): Promise<void> {
  for (let isWritten = false; !isWritten; ) {
    const former = await readBody(connection, "target_state", target);
    const state = change(former === null ? null : readStateBody(former, target));
    if (state === null) return;
    isWritten = await connection.transact(() => replaceState(connection, state, former, along));
  }
}

/** False where the former one is no longer there: nothing is written then. */
function* replaceState(
  connection: StoreConnection,
  state: TargetState,
  former: string | null,
  { messages = [], alarms = [], ends = [], holds }: StateChange["along"] = {},
): Statements<boolean> {
  const { db } = connection;
  const [target, body] = [state.target, JSON.stringify(state)];
  const replaced = yield former === null
    ? db
        .insertInto("target_state")
        .values({ target, body })
        .onConflict((conflict) => conflict.doNothing())
    : db.updateTable("target_state").set({ body }).where("target", "=", target).where("body", "=", former);
  if (replaced === 0) return false;
  for (const { id, event } of ends) yield moveApprovals(connection, event).where("id", "=", id);
  yield* addOutbox(connection, messages, alarms);
  if (holds !== undefined) yield* addHolds(connection, holds);
  return true;
}

/** Decisions with the numbers that they have, as approvals name rejections by them. */
function* addHolds(connection: StoreConnection, { pauses, decisions, applied, audit }: TakenHolds): Statements<void> {
  const { db } = connection;
  for (const pause of pauses) {
    const row = { registered_as: null, ...pause };
    yield db
      .insertInto("pause")
      .values(row)
      .onConflict((conflict) => conflict.doNothing());
  }
  for (const decision of decisions) yield* copyDecision(connection, decision);
  for (const revision of applied) {
    yield db
      .insertInto("applied_revision")
      .values({ ...revision, seq: nextSeq("applied_revision") })
      .onConflict((conflict) => conflict.columns(["target", "pass"]).doNothing());
  }
  for (const entry of audit) yield insertAudit(connection, entry);
}
