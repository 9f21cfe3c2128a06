import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Alarm } from "../../model/daemon/alarm.ts";
import {
  type DaemonRecords,
  LONGEST_DELAY_MS,
  type OutboxEntry,
  type TakenEntry,
} from "../../model/daemon/daemon-records.ts";
import type { OutboxLine } from "../../model/daemon/outbox-room.ts";
import { targetOfKey } from "../../model/daemon/target-of-key.ts";
import { isText, listOf } from "../../model/json/shape.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { inParts } from "../database/in-parts.ts";
import { nextSeq } from "../database/next-seq.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { identifyProcess, isIdentity, isProcessGone } from "../leases/identify-process.ts";
import type { MakeRoom } from "./trim-ended.ts";

type OutboxRecords = Pick<
  DaemonRecords,
  "readAlarms" | "addOutbox" | "readLines" | "findMessages" | "takeOutbox" | "endOutbox" | "deferOutbox"
>;

/** What holds the JSON that is read, in messages. */
const SENDER = "sender of messages";

/**
 * Messages on their way out, and the alarms that they are of. `attempts` counts how often an entry was taken, this time included:
 * one whose sender was killed counts too.
 */
export function createOutboxRecords(connection: StoreConnection, makeRoom: MakeRoom): OutboxRecords {
  const explaining = explainingErrors(connection.place);
  return {
    readAlarms: (target) => explaining(() => readAlarms(connection, target)),
    addOutbox: (entries, alarms = []) =>
      explaining(async () => {
        if (entries.length + alarms.length === 0) return 0;
        const added = await connection.transact(() => addOutbox(connection, entries, alarms));
        const targets = [...entries.map(({ key }) => targetOfKey(key)), ...alarms.map(({ target }) => target)];
        for (const [target, rows] of Map.groupBy(targets, (name) => name)) await makeRoom(target, rows.length);
        return added;
      }),
    readLines: (target) => explaining(() => readLines(connection, target)),
    findMessages: (receivers, keys) => explaining(() => findMessages(connection, receivers, keys)),
    takeOutbox: (limit, forMs, except = []) =>
      explaining(async () => {
        await takeBack(connection);
        return takeOutbox(connection, limit, forMs, except);
      }),
    endOutbox: (id) => explaining(() => endOutbox(connection, id)),
    deferOutbox: (id, dueAt, rests = false) => explaining(() => deferOutbox(connection, id, dueAt, rests)),
  };
}

/** As {@link DaemonRecords.addOutbox}, within a transaction. */
export function* addOutbox(
  { db, time }: StoreConnection,
  entries: readonly OutboxEntry[],
  alarms: readonly Alarm[],
): Statements<number> {
  let added = 0;
  for (const { left_out = 0, replaces = "", ...entry } of entries) {
    const replaced = db
      .selectFrom("outbox_entry")
      .where("id", "=", replaces)
      .where("ended_at", "is", null)
      .where("attempts", "=", 0);
    // It keeps the place of the one that it replaces: at the end of a line that never gets shorter it would never be sent.
    const seq = sql<number>`coalesce(${replaced.select("seq")}, ${nextSeq("outbox_entry")})`;
    const added_at = sql<string>`coalesce(${replaced.select("added_at")}, ${time(0)})`;
    const line = { target: targetOfKey(entry.key), seq, added_at, turn: 0, rests: 0, left_out };
    const isAdded = yield db
      .insertInto("outbox_entry")
      .values({ ...entry, ...line, sender: "", ended_at: null })
      .onConflict((conflict) => conflict.doNothing());
    added += isAdded;
    // What is found again and again must stay known while others that have ended are trimmed.
    if (isAdded === 0) {
      yield db
        .updateTable("outbox_entry")
        .set({ seq: nextSeq("outbox_entry") })
        .where("receiver", "=", entry.receiver)
        .where("key", "=", entry.key)
        .where("ended_at", "is not", null);
    }
    if (replaces !== "") yield db.deleteFrom("outbox_entry").where("id", "in", replaced.select("id"));
  }
  for (const { untold = [], ...alarm } of alarms) {
    yield db
      .insertInto("alarm")
      .values({ ...alarm, untold: JSON.stringify(untold) })
      .onConflict((conflict) =>
        conflict.columns(["target", "type", "subject"]).doUpdateSet((row) => ({
          serial: row.ref("excluded.serial"),
          since: row.ref("excluded.since"),
          ended_at: row.ref("excluded.ended_at"),
          untold: row.ref("excluded.untold"),
        })),
      );
  }
  return added;
}

async function readAlarms({ db }: StoreConnection, target: string): Promise<readonly Alarm[]> {
  const rows = await db
    .selectFrom("alarm")
    .selectAll()
    .where("target", "=", target)
    .orderBy("type")
    .orderBy("subject")
    .execute();
  return rows.map(({ untold, ...alarm }) =>
    untold === "[]" ? alarm : { ...alarm, untold: readStoredJson(untold, target, listOf(isText)) },
  );
}

async function readLines({ db }: StoreConnection, target: string): Promise<readonly OutboxLine[]> {
  const waiting = db.selectFrom("outbox_entry").where("target", "=", target).where("ended_at", "is", null);
  const end = `${target}/recovered/`;
  const lines = await waiting
    .select([
      "receiver",
      sql<number>`sum(case when substr("key", 1, ${sql.lit(end.length)}) = ${end} then 0 else 1 end)`.as("messages"),
      sql<number>`sum(octet_length(body))`.as("bytes"),
    ])
    .groupBy("receiver")
    .execute();
  const notices = await waiting
    .select(["receiver", "id", "left_out", "added_at"])
    .where("left_out", ">", 0)
    .where("attempts", "=", 0)
    .orderBy("seq")
    .execute();
  const noticeOf = new Map(notices.map(({ receiver, ...notice }) => [receiver, notice]));
  return lines.map(({ receiver, messages, bytes }) => ({
    receiver,
    messages: Number(messages),
    bytes: Number(bytes),
    notice: noticeOf.get(receiver) ?? null,
  }));
}

async function findMessages(
  { db }: StoreConnection,
  receivers: readonly string[],
  keys: readonly string[],
): Promise<readonly Pick<OutboxEntry, "receiver" | "key">[]> {
  const found = inParts(keys).map((part) =>
    db
      .selectFrom("outbox_entry")
      .select(["receiver", "key"])
      .where("receiver", "in", receivers)
      .where("key", "in", part)
      .execute(),
  );
  return (await Promise.all(found)).flat();
}

/** Of the index of those that are taken: literally, as no parameter finds it. */
const TAKEN = sql<SqlBool>`ended_at is null and sender <> ''`;

/** Messages claimed by a process of this machine that is gone are due. On another machine the claim's time is waited for. */
async function takeBack({ db, time }: StoreConnection): Promise<void> {
  const senders = await db.selectFrom("outbox_entry").select("sender").distinct().where(TAKEN).execute();
  const gone = senders.flatMap(({ sender }) =>
    isProcessGone(readStoredJson(sender, SENDER, isIdentity)) ? [sender] : [],
  );
  const taken = db
    .updateTable("outbox_entry")
    .set({ due_at: time(0), sender: "" })
    .where(TAKEN);
  for (const part of inParts(gone)) await taken.where("sender", "in", part).execute();
}

/**
 * A line of messages is given out one by one: a second sender that asks in the meantime waits for the same row, sees that it is not due any more or
 * has ended, and takes nothing of that line. If several of a line were taken in one go, it could take those behind them. No message is
 * postponed for longer than the longest delay: a time beyond it was written by a clock that ran ahead and was set right since, and is due.
 */
async function takeOutbox(
  { db, time }: StoreConnection,
  limit: number,
  forMs: number,
  except: readonly string[],
): Promise<readonly TakenEntry[]> {
  const sender = JSON.stringify(identifyProcess());
  const isDue = sql<SqlBool>`(due_at <= ${time(0)} or due_at > ${time(LONGEST_DELAY_MS)})`;
  const turn = sql<number>`(select coalesce(max(turn), 0) + 1 from outbox_entry)`;
  const rows = await db
    .updateTable("outbox_entry")
    .set((row) => ({ due_at: time(forMs), sender, rests: 0, turn, attempts: row("attempts", "+", 1) }))
    .where("id", "in", selectNext({ isDue, except, limit }))
    .where("ended_at", "is", null)
    .where(isDue)
    .returning(["id", "receiver", "key", "body", "attempts", "due_at", "added_at", "seq"])
    .execute();
  return rows.sort((one, other) => one.seq - other.seq).map(({ seq: _seq, ...entry }) => entry);
}

/**
 * The messages that are taken next. From the first of one line to the first of the next by an index, so that its cost is one of
 * lines and not of messages. `cross join`: SQLite would read all of them.
 */
function selectNext({
  isDue,
  except,
  limit,
}: {
  readonly isDue: RawBuilder<SqlBool>;
  readonly except: readonly string[];
  readonly limit: number;
}): RawBuilder<string> {
  // Where there are none, a list must not be empty either.
  const others = sql.join(["", ...except]);
  return sql<string>`(with recursive head(id, target, receiver) as (
      select id, target, receiver from (select id, target, receiver from outbox_entry where ended_at is null
        order by target, receiver, seq, id limit 1) as foremost
      union all
      select entry.id, entry.target, entry.receiver from head cross join outbox_entry as entry where entry.id = (
        select later.id from outbox_entry as later
        where later.ended_at is null and (later.target, later.receiver) > (head.target, head.receiver)
        order by later.target, later.receiver, later.seq, later.id limit 1)
    ), line as (
      select entry.id, entry.receiver, entry.seq, entry.rests, case when ${isDue} then 1 else 0 end as due,
        (select max(served.turn) from outbox_entry as served
          where served.target = entry.target and served.receiver = entry.receiver) as turn
      from head cross join outbox_entry as entry where entry.id = head.id
    ), ranked as (
      select id, seq, row_number() over (partition by receiver order by turn, seq, id) as place from line
      where due = 1 and receiver not in (${others}) and receiver not in (select receiver from line where rests = 1 and due = 0)
    )
    select id from ranked where place = 1 order by seq limit ${limit})`;
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

/** One whose receiver is at rest has not had its turn: where others were given theirs first, it would never be sent under a limit that takes every second message. */
async function deferOutbox({ db }: StoreConnection, id: string, dueAt: string, rests: boolean): Promise<void> {
  await db
    .updateTable("outbox_entry")
    .set({ due_at: dueAt, sender: "", rests: rests ? 1 : 0, ...(rests && { turn: 0 }) })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .execute();
}
