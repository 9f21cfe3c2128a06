import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { NO_DECIDERS, type ReportedComment } from "../../model/reviews/reported-comment.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { countTurns } from "./count-turns.ts";
import { ENTRIES_ROOM, MOST_READ, REPORTS_ROOM, trimEntries, trimReported } from "./trim-reports.ts";

type ReportedCommentRecords = Pick<
  DaemonRecords,
  "noteReported" | "readReported" | "readReporters" | "trimReported" | "readDeciders" | "takeDelivery"
>;

/**
 * What webhooks reported, by request: many reports about one request do not push out those of others. A forge can report without end, so that there
 * is so much room and no more.
 */
export function createReportedComments(connection: StoreConnection): ReportedCommentRecords {
  const { db } = connection;
  const explaining = explainingErrors(connection.place);
  const [isFullPlace, isFullTarget] = [countTurns(REPORTS_ROOM.between), countTurns(ENTRIES_ROOM.between)];
  return {
    noteReported: (report, deciders = NO_DECIDERS) =>
      explaining(async () => {
        const added = await db
          .insertInto("told_comment")
          .values(report)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (added.numInsertedOrUpdatedRows === 0n || !isFullPlace(report.place)) return;
        await trimReported(connection, report.place, deciders);
      }),
    readReported: (place, number) => explaining(() => readReported(connection, place, number)),
    trimReported: (place, deciders) => explaining(() => trimReported(connection, place, deciders)),
    readDeciders: (targets) =>
      explaining(async () => {
        const given = db.selectFrom("decision").where("target", "in", ["", ...targets]);
        const rows = await given.select("by").distinct().execute();
        return new Set(rows.map(({ by }) => by.toLowerCase()));
      }),
    takeDelivery: (id, audit, deciders = NO_DECIDERS) =>
      explaining(async () => {
        const isTaken = await connection.transact(() => takeDelivery(connection, id, audit));
        const target = audit?.target ?? null;
        if (isTaken && target !== null && isFullTarget(target)) await trimEntries(connection, target, deciders);
        return isTaken;
      }),
    readReporters: (target, since) =>
      explaining(async () => {
        const newest = db.selectFrom("told_comment").select("at").where("at", ">=", since).limit(1);
        // Asked before each plan of a round, and most often there is none: the rest costs as much as there are requests.
        if ((await newest.executeTakeFirst()) === undefined) return [];
        return db
          .selectFrom("request_review")
          .innerJoin("told_comment", (on) =>
            on
              .onRef("told_comment.place", "=", "request_review.place")
              .onRef("told_comment.number", "=", "request_review.number"),
          )
          .select(["told_comment.place", "told_comment.number", "told_comment.by"])
          .select(({ fn }) => fn.max("told_comment.at").as("at"))
          .where("request_review.target", "=", target)
          .where("request_review.settled", "=", 0)
          .where("told_comment.at", ">=", since)
          .groupBy(["told_comment.place", "told_comment.number", "told_comment.by"])
          .execute();
      }),
  };
}

async function readReported(
  { db }: StoreConnection,
  place: string,
  number: number,
): Promise<readonly ReportedComment[]> {
  const rows = await db
    .selectFrom("told_comment")
    .selectAll()
    .where("place", "=", place)
    .where("number", "=", number)
    // More than that an earlier release has left, or a replica of one leaves.
    .orderBy("at", "desc")
    .orderBy("written", "desc")
    .orderBy("comment", "desc")
    .limit(MOST_READ)
    .execute();
  const nameOf = ({ written, comment }: ReportedComment) => `${written} ${comment}`;
  return rows.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

function* takeDelivery(connection: StoreConnection, id: string, audit: AuditEntry | null): Statements<boolean> {
  const taken = yield connection.db
    .insertInto("webhook_delivery")
    .values({ id, taken_at: connection.time(0) })
    .onConflict((conflict) => conflict.doNothing());
  if (taken > 0 && audit !== null) yield insertAudit(connection, audit);
  return taken > 0;
}
