import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import type { StoreConnection } from "../database/store-schema.ts";

type ReportedCommentRecords = Pick<DaemonRecords, "noteReported" | "readReported">;

/** What webhooks reported of comments, by request: many reports about one request do not push out those of others. */
export function createReportedComments({ db, place: store }: StoreConnection): ReportedCommentRecords {
  const explaining = explainingErrors(store);
  return {
    noteReported: (told) =>
      explaining(async () => {
        const added = db.insertInto("told_comment").values(told);
        await added.onConflict((conflict) => conflict.doNothing()).execute();
      }),
    readReported: (place, number) =>
      explaining(() =>
        db
          .selectFrom("told_comment")
          .selectAll()
          .where("place", "=", place)
          .where("number", "=", number)
          .orderBy("written")
          .orderBy("comment")
          .execute(),
      ),
  };
}
