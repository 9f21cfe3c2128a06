import type { Alarm } from "../../model/daemon/alarm.ts";
import {
  type DaemonRecords,
  LONGEST_DELAY_MS,
  type OutboxEntry,
  type TakenEntry,
} from "../../model/daemon/daemon-records.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { inParts } from "../database/in-parts.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { OutboxRow } from "../database/record-tables.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { identifyProcess, isIdentity, isProcessGone } from "../leases/identify-process.ts";

type OutboxRecords = Pick<DaemonRecords, "readAlarms" | "addOutbox" | "takeOutbox" | "endOutbox" | "deferOutbox">;

/** What holds the JSON that is read, in messages. */
const SENDER = "sender of messages";

/**
 * Messages on their way out, and the alarms that they are of. `attempts` counts how often an entry was taken, this time included:
 * one whose sender was killed counts too.
 */
export function createOutboxRecords(connection: StoreConnection): OutboxRecords {
  const explaining = explainingErrors(connection.place);
  return {
    readAlarms: (target) => explaining(() => readAlarms(connection, target)),
    addOutbox: (entries, alarms = []) =>
      explaining(async () =>
        entries.length + alarms.length === 0 ? 0 : connection.transact(() => addOutbox(connection, entries, alarms)),
      ),
    takeOutbox: (limit, forMs, except = []) =>
      explaining(async () => {
        await takeBack(connection);
        return takeOutbox(connection, limit, forMs, except);
      }),
    endOutbox: (id) => explaining(() => endOutbox(connection, id)),
    deferOutbox: (id, dueAt) => explaining(() => deferOutbox(connection, id, dueAt)),
  };
}

/** As {@link DaemonRecords.addOutbox}, within a transaction. */
export function* addOutbox(
  { db, time }: StoreConnection,
  entries: readonly OutboxEntry[],
  alarms: readonly Alarm[],
): Statements<number> {
  let added = 0;
  for (const entry of entries) {
    added += yield db
      .insertInto("outbox_entry")
      .values({ ...entry, sender: "", added_at: time(0), ended_at: null })
      .onConflict((conflict) => conflict.doNothing());
  }
  for (const alarm of alarms) {
    yield db
      .insertInto("alarm")
      .values(alarm)
      .onConflict((conflict) =>
        conflict.columns(["target", "type", "subject"]).doUpdateSet((row) => ({
          serial: row.ref("excluded.serial"),
          since: row.ref("excluded.since"),
          ended_at: row.ref("excluded.ended_at"),
        })),
      );
  }
  return added;
}

async function readAlarms({ db }: StoreConnection, target: string): Promise<readonly Alarm[]> {
  const rows = db.selectFrom("alarm").selectAll().where("target", "=", target);
  return rows.orderBy("type").orderBy("subject").execute();
}

/** Messages claimed by a process of this machine that is gone are due. On another machine the claim's time is waited for. */
async function takeBack({ db, time }: StoreConnection): Promise<void> {
  const senders = await db
    .selectFrom("outbox_entry")
    .select("sender")
    .distinct()
    .where("ended_at", "is", null)
    .where("sender", "!=", "")
    .execute();
  const gone = senders.flatMap(({ sender }) =>
    isProcessGone(readStoredJson(sender, SENDER, isIdentity)) ? [sender] : [],
  );
  const taken = db
    .updateTable("outbox_entry")
    .set({ due_at: time(0), sender: "" })
    .where("ended_at", "is", null);
  for (const part of inParts(gone)) await taken.where("sender", "in", part).execute();
}

/**
 * A receiver's messages are one queue, of which the first alone is given out: a second sender that asks in the meantime waits for the same row,
 * sees that it is not due any more or has ended, and takes nothing of that receiver. If several of a queue were taken in one go, it could take those
 * behind them. No message is postponed for longer than the longest delay: a time beyond it was written by a clock that ran ahead and was set
 * right since, and is due.
 */
async function takeOutbox(
  { db, time }: StoreConnection,
  limit: number,
  forMs: number,
  except: readonly string[],
): Promise<readonly TakenEntry[]> {
  const sender = JSON.stringify(identifyProcess());
  const waiting = db
    .selectFrom("outbox_entry")
    .select(["id", "due_at", "added_at"])
    .select(({ fn }) =>
      fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy("receiver").orderBy("added_at").orderBy("id"))
        .as("place"),
    )
    .where("ended_at", "is", null)
    .$if(except.length > 0, (query) => query.where("receiver", "not in", except));
  const due = db
    .selectFrom(waiting.as("first"))
    .select("first.id")
    .where("first.place", "=", 1)
    .where((row) => row.or([row("first.due_at", "<=", time(0)), row("first.due_at", ">", time(LONGEST_DELAY_MS))]))
    .orderBy("first.added_at")
    .orderBy("first.id")
    .limit(limit);
  const rows = await db
    .updateTable("outbox_entry")
    .set((row) => ({ due_at: time(forMs), sender, attempts: row("attempts", "+", 1) }))
    .where("id", "in", due)
    .where("ended_at", "is", null)
    .where((row) => row.or([row("due_at", "<=", time(0)), row("due_at", ">", time(LONGEST_DELAY_MS))]))
    .returningAll()
    .execute();
  return rows.sort(byAge).map(({ sender: _sender, ended_at: _ended, ...entry }) => entry);
}

function byAge(one: OutboxRow, other: OutboxRow): number {
  const [first, second] = [`${one.added_at} ${one.id}`, `${other.added_at} ${other.id}`];
  return first < second ? -1 : 1;
}

/** The row stays, without its text, so that its key is known; it is pruned later. */
async function endOutbox({ db, time }: StoreConnection, id: string): Promise<void> {
  await db
    .updateTable("outbox_entry")
    .set({ ended_at: time(0), body: "" })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .execute();
}

async function deferOutbox({ db }: StoreConnection, id: string, dueAt: string): Promise<void> {
  await db
    .updateTable("outbox_entry")
    .set({ due_at: dueAt, sender: "" })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .execute();
}
