import { setImmediate as letOthersRun } from "node:timers/promises";
import { ALARMS_OF_MANY } from "../../model/daemon/alarm.ts";
import { explainStoreError } from "../database/explain-store-error.ts";
import type { StoreConnection } from "../database/store-schema.ts";
import type { BoundedConnection } from "./past-budget.ts";

/**
 * Messages of a target to one receiver that have ended, and alarms of it that are over, which are left when they are trimmed, and how many
 * more of them are added before the next time: a control plane causes as many as it likes.
 */
export const ENDED_ROOM = { rows: 1_000, between: 100 } as const;

/** Called once so many messages and alarms of a target were added. */
export type MakeRoom = (target: string, added: number) => Promise<void>;

/**
 * Makes room in a store to which so many messages and alarms of a target were added. The first time it is unknown what is there. What was added
 * stays, whether or not that is possible: if not, it is tried again the next time, and the first of such times is warned of.
 */
export function createEndedRoom(connection: BoundedConnection): MakeRoom {
  const counts = new Map<string, number>();
  const failing = new Set<string>();
  return async (target, added) => {
    const sum = (counts.get(target) ?? ENDED_ROOM.between) + added;
    counts.set(target, sum < ENDED_ROOM.between ? sum : 0);
    if (added === 0 || sum < ENDED_ROOM.between) return;
    try {
      await trimEnded(connection, target);
      failing.delete(target);
    } catch (error) {
      counts.set(target, ENDED_ROOM.between);
      if (failing.has(target)) return;
      failing.add(target);
      const { message } = explainStoreError(error, connection.place);
      connection.warn(
        `Ended messages and alarms of ${target} can't be removed, and take more and more room: ${message}`,
      );
    }
  };
}

/** Most rows of one statement. */
const BATCH = 500;

/** Drops the oldest of which a target has more than there is room for. */
async function trimEnded({ db }: StoreConnection, target: string): Promise<void> {
  const ended = db.selectFrom("outbox_entry").where("target", "=", target).where("ended_at", "is not", null);
  for (const { receiver } of await ended.select("receiver").distinct().execute()) {
    const line = ended.where("receiver", "=", receiver);
    const past = await line.select("seq").orderBy("seq", "desc").offset(ENDED_ROOM.rows).limit(1).executeTakeFirst();
    if (past === undefined) continue;
    const old = line.select("id").where("seq", "<=", past.seq).limit(BATCH);
    await untilFew(() => db.deleteFrom("outbox_entry").where("id", "in", old).executeTakeFirst());
  }
  // Those of the target as a whole, or of its former places, are few, and count how often there was one.
  const over = db
    .selectFrom("alarm")
    .where("target", "=", target)
    .where("type", "in", ALARMS_OF_MANY)
    .where("subject", "!=", "")
    .where("ended_at", "is not", null);
  const past = await over
    .select("ended_at")
    .orderBy("ended_at", "desc")
    .offset(ENDED_ROOM.rows)
    .limit(1)
    .executeTakeFirst();
  if (past === undefined) return;
  const old = over.select(["target", "type", "subject"]).where("ended_at", "<=", past.ended_at).limit(BATCH);
  await untilFew(() =>
    db
      .deleteFrom("alarm")
      // Asked of the row itself too: another replica may open it again while this waits for it.
      .where("ended_at", "<=", past.ended_at)
      .where((row) => row(row.refTuple("target", "type", "subject"), "in", old.$asTuple("target", "type", "subject")))
      .executeTakeFirst(),
  );
}

async function untilFew(remove: () => Promise<{ readonly numDeletedRows: bigint }>): Promise<void> {
  while ((await remove()).numDeletedRows >= BATCH) await letOthersRun();
}
