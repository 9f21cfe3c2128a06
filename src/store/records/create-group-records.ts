import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isMergeGroup } from "../../model/reviews/review-shape.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { inParts } from "../database/in-parts.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";

type GroupRecords = Pick<DaemonRecords, "readGroups" | "readGroupsOf" | "writeGroup" | "removeGroups">;

/** What is remembered of commits of merge queues: a few rows, which go when the commit leaves the queue. */
export function createGroupRecords({ db, place: store }: StoreConnection): GroupRecords {
  const explaining = explainingErrors(store);
  const select = () => db.selectFrom("merge_group").select(["target", "body"]);
  const readAll = (rows: readonly { readonly target: string; readonly body: string }[]) =>
    rows
      .map(({ target, body }) => readStoredJson(body, target, isMergeGroup))
      .sort((one, other) => (`${one.target} ${one.head}` < `${other.target} ${other.head}` ? -1 : 1));
  return {
    readGroups: (target) => explaining(async () => readAll(await select().where("target", "=", target).execute())),
    readGroupsOf: (place, head) =>
      explaining(async () =>
        readAll(await select().where("place", "=", place).where("commit_id", "=", head).execute()),
      ),
    writeGroup: (record) =>
      explaining(async () => {
        const { target, head, place, updated_at } = record;
        const row = { target, commit_id: head, place, body: JSON.stringify(record), updated_at };
        await db
          .insertInto("merge_group")
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(["target", "commit_id"]).doUpdateSet((excluded) => ({
              place: excluded.ref("excluded.place"),
              body: excluded.ref("excluded.body"),
              updated_at: excluded.ref("excluded.updated_at"),
            })),
          )
          .execute();
      }),
    removeGroups: (target, heads) =>
      explaining(async () => {
        const ours = db.deleteFrom("merge_group").where("target", "=", target);
        for (const part of inParts(heads)) await ours.where("commit_id", "in", part).execute();
      }),
  };
}
