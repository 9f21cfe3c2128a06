import { sql } from "kysely";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { orNull } from "../../model/json/shape.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { NotedDecision } from "../../model/passes/decision.ts";
import { nameRequest, type RequestKey } from "../../model/reviews/name-request.ts";
import type { Review } from "../../model/reviews/review.ts";
import { lookAgain } from "../../model/reviews/review-phase.ts";
import type { KeptReview, ReviewRecord } from "../../model/reviews/review-record.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ReviewRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { dropPlan } from "../plans/drop-plan.ts";
import { isWrittenReview } from "../plans/stored-plan-shape.ts";
import { upgradeReview } from "../plans/upgrade-plan.ts";
import { namesSealable, type Sealings } from "../sealing/create-sealings.ts";
import { countTurns } from "./count-turns.ts";
import type { BoundedConnection } from "./past-budget.ts";
import { confirmKnown, recordDecision, takeNumber } from "./record-decision.ts";
import { createRequestRoom } from "./request-room.ts";
import { readReviewBody, writeReviewBody } from "./review-body.ts";
import { createReviewRoom } from "./review-room.ts";
import { isOwnAct, OWN_ACTS_ROOM, trimOwnActs } from "./trim-own-acts.ts";

type ReviewRecords = Pick<
  DaemonRecords,
  | "hasRoom"
  | "readReviews"
  | "readReviewsAt"
  | "readReviewsOf"
  | "readUndecided"
  | "findCommented"
  | "readReview"
  | "readRecord"
  | "findReview"
  | "renameRequest"
  | "askAgain"
  | "writeReview"
  | "writeReviewAct"
>;

/** What is remembered of pull requests. The reviews themselves, which may be megabytes, are read one by one. */
export function createReviewRecords(connection: BoundedConnection, sealings: Sealings): ReviewRecords {
  const explaining = explainingErrors(connection.place);
  const { db } = connection;
  const room = createRequestRoom(connection);
  const fitReviews = createReviewRoom(connection);
  const isFull = countTurns(OWN_ACTS_ROOM.between);
  const select = () => db.selectFrom("request_review").select(["target", "place", "opened", "body"]);
  const selectWhole = (target: string) => db.selectFrom("request_review").selectAll().where("target", "=", target);
  const inOrder = (records: readonly ReviewRecord[]) =>
    records.toSorted((one, other) => one.number - other.number || (one.target < other.target ? -1 : 1));
  const readAll = (rows: readonly Parameters<typeof toRecord>[0][]) => inOrder(rows.map(toRecord));
  return {
    hasRoom: (owner) => explaining(() => room.has(owner)),
    readReviews: (target) =>
      explaining(async () => {
        const rows = await select().where("target", "=", target).where("settled", "=", 0).execute();
        const read = rows.map((row) => ({ record: toRecord(row), length: row.body.length }));
        room.note(
          target,
          read.map(({ record: { author }, length }) => ({ author, length })),
        );
        return inOrder(read.map(({ record }) => record));
      }),
    readReviewsAt: (place, head, { targets, besides, most, spent = false, settled = false }) =>
      explaining(async () => {
        const followed = db
          .selectFrom("request_review as own")
          .where((eb) => eb.and({ "own.place": place, "own.head": head, "own.settled": 0 }));
        const all = select()
          .where("place", "=", place)
          // By an expression, so that rows are found by the commit: all of a target may be many thousands.
          .where(sql`coalesce(target, '')`, "in", targets)
          .where((eb) =>
            settled
              ? eb.or([eb("settled", "=", 0), eb("request", "in", followed.select("own.request"))])
              : eb("settled", "=", 0),
          )
          .where("request", "!=", besides ?? "");
        const open = spent ? all.where("body", "like", '%"spent":["%') : all;
        const at = open.where("head", "=", head).orderBy("number");
        const known = await (most === null ? at : at.limit(most)).execute();
        const unknown = await open.where("head", "=", "").execute();
        return readAll([...known, ...unknown]).filter((record) => record.head === head);
      }),
    readUndecided: (target) =>
      explaining(async () => {
        const rows = select().where("target", "=", target).where("undecided", "=", 1).where("settled", "=", 0);
        return readAll(await rows.execute()).filter(({ undecided = [] }) => undecided.length > 0);
      }),
    findCommented: (target, number, comment) =>
      explaining(async () => {
        const rows = select().where("target", "=", target).where("number", "=", number).where("settled", "=", 0);
        return readAll(await rows.execute()).find((record) => record.comment === comment) ?? null;
      }),
    readReviewsOf: (request) =>
      explaining(async () => readAll(await select().where("request", "=", request).execute())),
    readReview: (target, request) =>
      explaining(async () =>
        toKept(sealings, await selectWhole(target).where("request", "=", request).executeTakeFirst()),
      ),
    readRecord: (target, request) =>
      explaining(async () => {
        const row = await select().where("target", "=", target).where("request", "=", request).executeTakeFirst();
        return row === undefined ? null : toRecord(row);
      }),
    findReview: (target, number) =>
      explaining(async () => {
        const rows = selectWhole(target).where("number", "=", number).orderBy("updated_at", "desc");
        return toKept(sealings, await rows.limit(1).executeTakeFirst());
      }),
    renameRequest: (target, names, request) =>
      explaining(() => connection.transact(() => rename(connection, { target, names, request }))),
    writeReview: (record, review) =>
      explaining(async () => {
        const text = review === null ? null : JSON.stringify(review);
        await replace(connection, record, async (written, former) => {
          await room.take(written, writeReviewBody(written).length, former?.length ?? 0);
          const isReplaced = await connection.transact(() => put(connection, written, { former, review, text }));
          return isReplaced ? { value: undefined } : null;
        });
        if (text !== null) await fitReviews(record.target, text.length);
      }),
    askAgain: (target, request, name) => explaining(() => askAgain(connection, { target, ...request, name })),
    writeReviewAct: (record, audit, decision = null) =>
      explaining(async () => {
        const isWritten = await replace(connection, record, async (written, former) => {
          // A decision is never lost for lack of room.
          if (decision === null) await room.take(written, writeReviewBody(written).length, former?.length ?? 0);
          return connection.transact(() => writeAct(connection, { record: written, former, audit, decision }));
        });
        const { target } = record;
        const { action } = audit;
        if (isOwnAct(action) && isFull(`${target} ${action}`)) await trimOwnActs(connection, target, action);
        return isWritten;
      }),
  };
}

async function toKept(sealings: Sealings, row: ReviewRow | undefined): Promise<KeptReview | null> {
  if (row === undefined) return null;
  const { target, sealed_by } = row;
  const review = upgradeReview(readStoredJson(row.review, target, orNull(isWrittenReview)));
  const isOpen =
    review?.verdict.kind === "planned" &&
    namesSealable(review.verdict.plan) &&
    !(await sealings.isSealed(target, sealed_by));
  return { record: toRecord(row), review: isOpen ? dropPlan(review, "sealed_since") : review };
}

/** What names the request is not rewritten in the record when it is renamed. */
function toRecord({
  target,
  place,
  opened,
  body,
}: Pick<ReviewRow, "target" | "place" | "opened" | "body">): ReviewRecord {
  return { ...readReviewBody(body, target), place, ...(opened === null ? {} : { opened }) };
}

interface Renaming {
  readonly target: string;
  readonly names: readonly string[];
  readonly request: RequestKey;
}

/** Of several that are kept under former names one gets the name; a record that has it already stays. */
function* rename({ db }: StoreConnection, { target, names, request: key }: Renaming): Statements<void> {
  const { place, opened = null } = key;
  const request = nameRequest(key);
  for (const name of names.filter((one) => one !== request)) {
    yield db.updateTable("decision").set({ request }).where("target", "=", target).where("request", "=", name);
    yield db
      .updateTable("shown_plan")
      .set({ request })
      .where("target", "=", target)
      .where("request", "=", name)
      .where("digest", "not in", ({ selectFrom }) =>
        selectFrom("shown_plan as own")
          .select("own.digest")
          .where("own.target", "=", target)
          .where("own.request", "=", request),
      );
    yield db
      .updateTable("request_review")
      .set({ request, place, opened })
      .where("target", "=", target)
      .where("request", "=", name)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("request_review as own")
              .select("own.number")
              .where("own.target", "=", target)
              .where("own.request", "=", request),
          ),
        ),
      );
  }
}

/** Of the row that is replaced; null: there is none yet. */
interface Former {
  readonly former: string | null;
}

/** What was done; null: nothing, as another process was faster. */
type Replaced<Value> = { readonly value: Value } | null;

/**
 * Puts a record in the place of exactly the one that is there. A demand for another look of which the record does not know was made since it was
 * read: it stays, and the request is not settled. Where another process is faster, it is looked at what is there then.
 */
async function replace<Value>(
  { db }: StoreConnection,
  record: ReviewRecord,
  put: (written: ReviewRecord, former: string | null) => Promise<Replaced<Value>>,
): Promise<Value> {
  const { target } = record;
  for (;;) {
    const rows = db.selectFrom("request_review").select("body").where("target", "=", target);
    const row = await rows.where("request", "=", nameRequest(record)).executeTakeFirst();
    const asked = row === undefined ? undefined : readReviewBody(row.body, target).asked_again;
    const isKnown = asked === undefined || asked === record.asked_again;
    const written = isKnown ? record : { ...lookAgain(record), asked_again: asked };
    const replaced = await put(written, row?.body ?? null);
    if (replaced !== null) return replaced.value;
  }
}

interface Demand {
  readonly target: string;
  readonly place: string;
  readonly number: number;
  readonly name: string;
}

async function askAgain(connection: StoreConnection, { target, place, number, name }: Demand): Promise<void> {
  const { db } = connection;
  for (let isWritten = false; !isWritten; ) {
    const rows = db.selectFrom("request_review").select(["target", "request", "place", "opened", "body"]);
    const ofNumber = rows.where("target", "=", target).where("number", "=", number);
    const row = await ofNumber.orderBy("updated_at", "desc").limit(1).executeTakeFirst();
    if (row?.place !== place) return;
    const record = toRecord(row);
    if (record.asked_again === name) return;
    const asked = { ...lookAgain(record), asked_again: name };
    isWritten = await connection.transact(() => put(connection, asked, { former: row.body, ...NO_REVIEW }));
  }
}

interface ReviewAct extends Former {
  readonly record: ReviewRecord;
  readonly audit: AuditEntry;
  readonly decision: NotedDecision | null;
}

function* writeAct(
  connection: StoreConnection,
  { record, former, audit, decision }: ReviewAct,
): Statements<Replaced<boolean>> {
  if (decision !== null) {
    const { knows, target } = decision;
    yield* takeNumber(connection, target);
    if (knows !== undefined && (yield confirmKnown(connection, target, knows)) === 0) return { value: false };
  }
  if (!(yield* put(connection, record, { former, ...NO_REVIEW }))) return null;
  if (decision !== null) {
    const { knows: _known, ...given } = decision;
    yield* recordDecision(connection, given);
  }
  yield insertAudit(connection, audit);
  return { value: true };
}

/** `review` null: the one that is there stays. False where the former record is no longer there: nothing is written then. */
/** A review, and as it is stored; null: the one that is there stays. */
interface WrittenReview {
  readonly review: Review | null;
  readonly text: string | null;
}

const NO_REVIEW: WrittenReview = { review: null, text: null };

function* put(
  { db }: StoreConnection,
  record: ReviewRecord,
  { former, review, text }: Former & WrittenReview,
): Statements<boolean> {
  const { target, number, place, opened = null, head, undecided = [], settled, updated_at } = record;
  const sealed_by = (review?.verdict.kind === "planned" ? review.verdict.sealed_by : undefined) ?? "";
  const request = nameRequest(record);
  const asked = { head, undecided: undecided.length > 0 ? 1 : 0 };
  const facts = { place, settled: settled ? 1 : 0, ...asked, updated_at, body: writeReviewBody(record) };
  const shown = { review: text ?? "null", sealed_by };
  const written = yield former === null
    ? db
        .insertInto("request_review")
        .values({ target, request, number, opened, ...facts, ...shown })
        .onConflict((conflict) => conflict.doNothing())
    : db
        .updateTable("request_review")
        .set({ ...facts, ...(review === null ? {} : shown) })
        .where("target", "=", target)
        .where("request", "=", request)
        .where("body", "=", former);
  return written > 0;
}
