import type { AuditEntry, DaemonRecords } from "../../model/daemon-records.ts";
import type { NotedDecision } from "../../model/decision.ts";
import type { Review } from "../../model/review.ts";
import type { ReviewRecord } from "../../model/review-record.ts";
import { explainingErrors } from "../explain-store-error.ts";
import { readStoredJson } from "../read-stored-json.ts";
import type { Statements, StoreConnection } from "../store-schema.ts";
import { insertAudit } from "./create-audit-records.ts";
import { confirmKnown, recordDecision, takeNumber } from "./record-decision.ts";

type ReviewRecords = Pick<
  DaemonRecords,
  "readReviews" | "readReviewsAt" | "readReviewsOf" | "readReview" | "readRecord" | "writeReview" | "writeReviewAct"
>;

/** What is remembered of pull requests. The reviews themselves, which may be megabytes, are read one by one. */
export function createReviewRecords(connection: StoreConnection): ReviewRecords {
  const explaining = explainingErrors(connection.place);
  const { db } = connection;
  const select = () => db.selectFrom("request_review").select(["target", "number", "body"]);
  const readAll = (rows: readonly { readonly target: string; readonly body: string }[]) =>
    rows
      .map(({ target, body }) => readStoredJson<ReviewRecord>(body, target))
      .sort((one, other) => one.number - other.number || (one.target < other.target ? -1 : 1));
  return {
    readReviews: (target) =>
      explaining(async () => readAll(await select().where("target", "=", target).where("settled", "=", 0).execute())),
    readReviewsAt: (place) =>
      explaining(async () => readAll(await select().where("place", "=", place).where("settled", "=", 0).execute())),
    readReviewsOf: (place, number) =>
      explaining(async () => readAll(await select().where("place", "=", place).where("number", "=", number).execute())),
    readReview: (target, number) =>
      explaining(async () => {
        const row = await db
          .selectFrom("request_review")
          .selectAll()
          .where("target", "=", target)
          .where("number", "=", number)
          .executeTakeFirst();
        if (row === undefined) return null;
        return {
          record: readStoredJson<ReviewRecord>(row.body, target),
          review: readStoredJson<Review | null>(row.review, target),
        };
      }),
    readRecord: (target, number) =>
      explaining(async () => {
        const row = await select().where("target", "=", target).where("number", "=", number).executeTakeFirst();
        return row === undefined ? null : readStoredJson<ReviewRecord>(row.body, target);
      }),
    writeReview: (record, review) => explaining(async () => void (await write(connection, record, review).execute())),
    writeReviewAct: (record, audit, decision = null) =>
      explaining(() => connection.transact(() => writeAct(connection, { record, audit, decision }))),
  };
}

interface ReviewAct {
  readonly record: ReviewRecord;
  readonly audit: AuditEntry;
  readonly decision: NotedDecision | null;
}

function* writeAct(connection: StoreConnection, { record, audit, decision }: ReviewAct): Statements<boolean> {
  if (decision !== null) {
    const { knows, ...given } = decision;
    yield* takeNumber(connection, given.target);
    if (knows !== undefined && (yield confirmKnown(connection, given.target, knows)) === 0) return false;
    yield* recordDecision(connection, given);
  }
  yield write(connection, record, null);
  yield insertAudit(connection, audit);
  return true;
}

/** `review` null: the one that is there stays. */
function write({ db }: StoreConnection, record: ReviewRecord, review: Review | null) {
  const { target, number, place, settled, updated_at } = record;
  const row = {
    ...{ target, number, place, settled: settled ? 1 : 0, updated_at },
    ...{ body: JSON.stringify(record), review: JSON.stringify(review) },
  };
  return db
    .insertInto("request_review")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["target", "number"]).doUpdateSet((excluded) => ({
        place: excluded.ref("excluded.place"),
        settled: excluded.ref("excluded.settled"),
        updated_at: excluded.ref("excluded.updated_at"),
        body: excluded.ref("excluded.body"),
        ...(review === null ? {} : { review: excluded.ref("excluded.review") }),
      })),
    );
}
