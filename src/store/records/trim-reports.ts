import { setImmediate as letOthersRun } from "node:timers/promises";
import { type RawBuilder, sql } from "kysely";
import type { Deciders } from "../../model/reviews/reported-comment.ts";
import { ALTER_ACTION, COMMAND_ACTION } from "../../model/reviews/review-record.ts";
import type { StoreConnection } from "../database/store-schema.ts";

/**
 * Reports that are left when they are trimmed, of one request and of all at a place, and how many more come before the next time: a thousand
 * and ten thousand with these. Deciders have as much room again, which no other account takes.
 */
export const REPORTS_ROOM = { request: 900, place: 9_900, between: 100 } as const;

/** Entries of the audit that webhooks caused, for each target, and the ids of their deliveries: ten thousand, and as many of deciders. */
export const ENTRIES_ROOM = { target: 9_000, between: 1_000 } as const;

/** Reports of a request that are read at most: those of both, with what several replicas add before they trim. */
export const MOST_READ = 2_500;

/** Most rows of one statement: so that others are not kept waiting, nor this process. */
const BATCH = 500;

/** Drops the oldest reports of the accounts that have the most, where a request or the whole place has more than there is room for. */
export async function trimReported(connection: StoreConnection, place: string, deciders: Deciders): Promise<void> {
  const { db } = connection;
  const told = db.selectFrom("told_comment").where("place", "=", place);
  const counts = await told
    .select(["number", ({ fn }) => fn.countAll<number>().as("count")])
    .groupBy("number")
    .execute();
  for (const { number, count } of counts) {
    if (count > REPORTS_ROOM.request) await dropReports(connection, { place, number, deciders });
  }
  const all = counts.reduce((sum, { count }) => sum + Math.min(count, 2 * REPORTS_ROOM.request), 0);
  if (all > REPORTS_ROOM.place) await dropReports(connection, { place, number: null, deciders });
}

/** What is trimmed; `number` null: all of the place. */
interface Trimmed {
  readonly place: string;
  readonly number: number | null;
  readonly deciders: Deciders;
}

/** Keeps the newest of each account, then the second newest of each, and so on: who writes many pushes out no one who writes one. */
async function dropReports({ db }: StoreConnection, { place, number, deciders }: Trimmed): Promise<void> {
  const own = db
    .selectFrom("told_comment")
    .where("place", "=", place)
    .$if(number !== null, (all) => all.where("number", "=", number))
    .select([
      ...(["comment", "written", "at"] as const),
      isDecider("by", deciders).as("decides"),
      sql<number>`row_number() over (partition by lower("by") order by at desc, written desc, comment desc)`.as("nth"),
    ]);
  const inTurn = sql<number>`row_number() over (partition by decides order by nth, at desc, written desc, comment desc)`;
  const ranked = db.selectFrom(own.as("own")).select(["comment", "written", inTurn.as("rank")]);
  const surplus = db
    .selectFrom(ranked.as("ranked"))
    .select(["comment", "written"])
    .where("rank", ">", number === null ? REPORTS_ROOM.place : REPORTS_ROOM.request);
  await db
    .deleteFrom("told_comment")
    .where("place", "=", place)
    .where((row) => row(row.refTuple("comment", "written"), "in", surplus.$asTuple("comment", "written")))
    .execute();
}

/** 1: the account has shown that it may decide. */
function isDecider(account: string, { approvers, targets }: Deciders): RawBuilder<number> {
  // Where there are none, a list must not be empty either.
  const named = sql.join(["", ...approvers.map((name) => name.toLowerCase())]);
  const decided = sql.join(["", ...targets]);
  return sql<number>`case when lower(${sql.ref(account)}) in (${named})
    or lower(${sql.ref(account)}) in (select lower(decision."by") from decision where decision.target in (${decided})) then 1 else 0 end`;
}

/** Drops the oldest entries of the audit that webhooks caused, and the oldest ids of deliveries, of which a target has more than there is room for. */
export async function trimEntries(connection: StoreConnection, target: string, deciders: Deciders): Promise<void> {
  for (const action of [COMMAND_ACTION, ALTER_ACTION])
    for (const decides of [0, 1]) await dropEntries(connection, { target, action, decides, deciders });
  await dropDeliveries(connection, target);
}

async function dropEntries(
  { db }: StoreConnection,
  {
    target,
    action,
    decides,
    deciders,
  }: {
    readonly target: string;
    readonly action: string;
    readonly decides: number;
    readonly deciders: Deciders;
  },
): Promise<void> {
  const own = db
    .selectFrom("audit_entry")
    .where("target", "=", target)
    .where("action", "=", action)
    .where("via", "=", "webhook")
    .where(isDecider("who", deciders), "=", decides);
  const past = await own.select("seq").orderBy("seq", "desc").offset(ENTRIES_ROOM.target).limit(1).executeTakeFirst();
  if (past === undefined) return;
  const old = own.select("id").where("seq", "<=", past.seq).limit(BATCH);
  await untilFew(() => db.deleteFrom("audit_entry").where("id", "in", old).executeTakeFirst());
}

async function dropDeliveries({ db }: StoreConnection, target: string): Promise<void> {
  const prefix = `${target}:`;
  const own = db.selectFrom("webhook_delivery").where(sql`substr(id, 1, ${prefix.length})`, "=", prefix);
  const newest = own.select("taken_at").orderBy("taken_at", "desc");
  const past = await newest.offset(ENTRIES_ROOM.target).limit(1).executeTakeFirst();
  if (past === undefined) return;
  const old = own.select("id").where("taken_at", "<=", past.taken_at).limit(BATCH);
  await untilFew(() => db.deleteFrom("webhook_delivery").where("id", "in", old).executeTakeFirst());
}

async function untilFew(remove: () => Promise<{ readonly numDeletedRows: bigint }>): Promise<void> {
  while ((await remove()).numDeletedRows >= BATCH) await letOthersRun();
}
