import { sql } from "kysely";
import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { packEffects, unpackEffects } from "./pack-effects.ts";
import type { BoundedConnection } from "./past-budget.ts";
import { createShownRoom } from "./shown-room.ts";

type ShownRecords = Pick<DaemonRecords, "noteShown" | "readShown">;

/**
 * What the plans do that requests have shown, by which a rejection is one of the same in other requests. Nothing of it is dropped as long as its
 * request is kept: an author could have it dropped by further plans. These are refused instead, so that each author takes up their own room.
 */
export function createShownRecords(connection: BoundedConnection): ShownRecords {
  const explaining = explainingErrors(connection.place);
  const { db } = connection;
  const room = createShownRoom(connection);
  const select = (target: string, request: string, digest: string) =>
    db
      .selectFrom("shown_plan")
      .where("target", "=", target)
      .where("request", "=", request)
      .where("digest", "=", digest);
  return {
    noteShown: (target, request, { digest, effects, author: login }) =>
      explaining(async () => {
        // To forges, capitals and small letters are no difference.
        const author = login.toLowerCase();
        const text = await packEffects(effects);
        const rows = select(target, request, digest).select(sql<number>`octet_length(effects)`.as("bytes"));
        const former = Number((await rows.executeTakeFirst())?.bytes ?? 0);
        const shown = { target, author, text, grown: Buffer.byteLength(text) - former };
        const answer = await room.check(shown);
        if (answer !== "kept") return answer;
        const added = db.insertInto("shown_plan").values({ target, request, digest, author, effects: text });
        await added
          .onConflict((conflict) =>
            conflict.columns(["target", "request", "digest"]).doUpdateSet((excluded) => ({
              author: excluded.ref("excluded.author"),
              effects: excluded.ref("excluded.effects"),
            })),
          )
          .execute();
        room.note(shown);
        return answer;
      }),
    readShown: (target, request, digest) =>
      explaining(async () => {
        const row = await select(target, request, digest).select("effects").executeTakeFirst();
        return row === undefined ? null : unpackEffects(row.effects, `shown plan ${digest}`);
      }),
  };
}
