import { sql } from "kysely";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import type { ShownPlanRow } from "../database/record-tables.ts";
import { isLargeText, packEffects, unpackEffects } from "./pack-effects.ts";
import type { BoundedConnection } from "./past-budget.ts";

type ShownRecords = Pick<DaemonRecords, "noteShown" | "readShown">;

/**
 * What the plans do that requests have shown, by which a rejection is one of the same in other requests. Nothing of it is dropped as long as its
 * request is kept: an author could have it dropped by further plans. These are refused instead, so that each author takes up their own room.
 */
export function createShownRecords(connection: BoundedConnection): ShownRecords {
  const explaining = explainingErrors(connection.place);
  const { db } = connection;
  return {
    noteShown: (target, request, { digest, effects, author: login }) =>
      explaining(async () => {
        // To forges, capitals and small letters are no difference.
        const author = login.toLowerCase();
        const text = await packEffects(effects);
        const row = { target, request, digest, author, effects: text };
        if (isLargeText(text) && !(await hasRoom(connection, row))) return false;
        const added = db.insertInto("shown_plan").values(row);
        await added
          .onConflict((conflict) =>
            conflict.columns(["target", "request", "digest"]).doUpdateSet((excluded) => ({
              author: excluded.ref("excluded.author"),
              effects: excluded.ref("excluded.effects"),
            })),
          )
          .execute();
        return true;
      }),
    readShown: (target, request, digest) =>
      explaining(async () => {
        const rows = db.selectFrom("shown_plan").select("effects").where("target", "=", target);
        const row = await rows.where("request", "=", request).where("digest", "=", digest).executeTakeFirst();
        return row === undefined ? null : unpackEffects(row.effects, `shown plan ${digest}`);
      }),
  };
}

/** Whether all that the author's requests have shown, with this plan, has room. Reads lengths alone. */
async function hasRoom(
  { db, mostKeptBytes }: BoundedConnection,
  { target, request, digest, author, effects }: ShownPlanRow,
): Promise<boolean> {
  const others = await db
    .selectFrom("shown_plan")
    .select(sql<number | string>`coalesce(sum(octet_length(effects)), 0)`.as("taken"))
    .where("target", "=", target)
    .where("author", "=", author)
    .where((row) => row.or([row("request", "!=", request), row("digest", "!=", digest)]))
    .executeTakeFirst();
  return Number(others?.taken ?? 0) + effects.length <= mostKeptBytes;
}
