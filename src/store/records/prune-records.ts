import { setImmediate as letOthersRun } from "node:timers/promises";
import { type AliasableExpression, type Kysely, type NotNull, sql } from "kysely";
import { COUNTING_STATES } from "../../model/passes/approval.ts";
import type { NumberedTable } from "../database/next-seq.ts";
import type { StoreConnection, StoreTables } from "../database/store-schema.ts";
import { LOSS_CHECK } from "../ledger/read-allowed.ts";
import { selectUnneededPlans } from "./select-unneeded-plans.ts";

/** Most rows of one statement: so that others are not kept waiting, nor this process. */
const BATCH = 500;

type Db = Kysely<StoreTables>;

/** What is older is removed, unless it was written after something that is not: that it is older is not known then. */
interface Age {
  readonly before: string;
  /** A time that has not come yet proves nothing. */
  readonly now: AliasableExpression<string>;
}

/**
 * Removes some rows. What may cease to be settled is asked of the row itself too: while this waits for another replica that changes the row,
 * the list of what to remove stays as it was.
 */
type Removal = (db: Db, age: Age) => { executeTakeFirst(): Promise<{ readonly numDeletedRows: bigint }> };

/**
 * Removes what is older than `before` and settled, and of each target's passes all but the newest `passes`; gives how many rows of which
 * table, of those of which there were any. Not removed are requests that are open or not applied, approvals, pauses, messages and writes, plans that
 * something depends on, and the last revision that was applied. The change log has a limit of its own, `changesBefore`.
 */
export async function pruneRecords(
  { db, time }: StoreConnection,
  before: string,
  { passes, changesBefore }: { readonly passes: number; readonly changesBefore: string },
): Promise<Readonly<Record<string, number>>> {
  const removed = new Map<string, number>();
  const age = { before, now: time(0) };
  const all: readonly (readonly [keyof StoreTables, Removal, Age])[] = [
    ...REMOVALS.map(([table, remove]) => [table, remove, age] as const),
    ["pass_record", removeSurplusPasses(passes), age],
    ["change_entry", removeChanges, { ...age, before: changesBefore }],
  ];
  for (const [table, remove, limit] of all) {
    for (;;) {
      const { numDeletedRows } = await remove(db, limit).executeTakeFirst();
      if (numDeletedRows > 0) removed.set(table, (removed.get(table) ?? 0) + Number(numDeletedRows));
      if (numDeletedRows < BATCH) break;
      await letOthersRun();
    }
  }
  return Object.fromEntries(removed);
}

/** The number of the first row that is to be kept, or one that no row has. */
function firstKept(table: NumberedTable, at: string, { before, now }: Age) {
  const [from, seq, time] = [sql.table(table), sql.ref("seq"), sql.ref(at)];
  return sql<number>`(select coalesce((select min(${seq}) from ${from} where ${time} >= ${before} and ${time} <= ${now}), (select max(${seq}) + 1 from ${from})))`;
}

const removePasses: Removal = (db, age) => {
  const old = db
    .selectFrom("pass_record")
    .select("id")
    .where("ended_at", "<", age.before)
    .where("seq", "<", firstKept("pass_record", "ended_at", age));
  return db.deleteFrom("pass_record").where("id", "in", old.limit(BATCH));
};

function removeSurplusPasses(passes: number): Removal {
  return (db) => {
    const ranked = db.selectFrom("pass_record").select(({ fn }) => [
      "id",
      fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy("target").orderBy("seq", "desc").orderBy("id", "desc"))
        .as("place"),
    ]);
    const surplus = db.selectFrom(ranked.as("ranked")).select("ranked.id").where("ranked.place", ">", passes);
    return db.deleteFrom("pass_record").where("id", "in", surplus.limit(BATCH));
  };
}

/** Those that have ended, unless they say what was allowed of a rollout that is not settled. */
const removeApprovals: Removal = (db, age) =>
  db.deleteFrom("approval").where(
    "id",
    "in",
    db
      .selectFrom("approval")
      .select("id")
      .where("at", "<", age.before)
      .where("seq", "<", firstKept("approval", "at", age))
      .where("state", "not in", COUNTING_STATES)
      .where("id", "not in", selectAllowing(db))
      .limit(BATCH),
  );

/** The approvals that allowed losses of what was written, as `LedgerReader.readTaken` and `readTurned` read them, since all of it was whole. */
function selectAllowing(db: Db) {
  return db
    .selectFrom("change_entry as taken")
    .leftJoin("settled_change as settled", (join) =>
      join.onRef("settled.org", "=", "taken.org").onRef("settled.endpoint", "=", "taken.endpoint"),
    )
    .select("taken.approval")
    .where("taken.approval", "is not", null)
    .where("taken.overrides", "like", `%"${LOSS_CHECK}"%`)
    .where(({ or, eb }) => or([eb("settled.seq", "is", null), eb("taken.seq", ">", eb.ref("settled.seq"))]))
    .$narrowType<{ approval: NotNull }>();
}

/** After the approvals. */
const removePlans: Removal = (db, age) => {
  const old = selectUnneededPlans(db)
    .where("old.made_at", "<", age.before)
    .where("old.seq", "<", firstKept("kept_plan", "made_at", age))
    .limit(BATCH);
  return db
    .deleteFrom("kept_plan")
    .where((row) => row(row.refTuple("target", "digest"), "in", old.$asTuple("target", "digest")));
};

const removePauses: Removal = (db, { before }) =>
  // One that holds until it is lifted has no end, which is before nothing.
  db
    .deleteFrom("pause")
    .where("id", "in", db.selectFrom("pause").select("id").where("until", "<", before).limit(BATCH));

const removeApplied: Removal = (db, age) => {
  const old = db
    .selectFrom("applied_revision as old")
    .select(["old.target", "old.pass"])
    .where("old.at", "<", age.before)
    .where("old.seq", "<", firstKept("applied_revision", "at", age))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("applied_revision as newer")
          .select("newer.pass")
          .whereRef("newer.target", "=", "old.target")
          .whereRef("newer.seq", ">", "old.seq"),
      ),
    )
    .limit(BATCH);
  return db
    .deleteFrom("applied_revision")
    .where((row) => row(row.refTuple("target", "pass"), "in", old.$asTuple("target", "pass")));
};

const removeAudit: Removal = (db, age) => {
  const old = db
    .selectFrom("audit_entry")
    .select("id")
    .where("at", "<", age.before)
    .where("seq", "<", firstKept("audit_entry", "at", age));
  return db.deleteFrom("audit_entry").where("id", "in", old.limit(BATCH));
};

/** Those that ended, with the messages that reported them. */
const removeAlarms: Removal = (db, { before }) =>
  db
    .deleteFrom("alarm")
    .where("ended_at", "<", before)
    .where((row) =>
      row(
        row.refTuple("target", "type", "subject"),
        "in",
        db
          .selectFrom("alarm")
          .select(["target", "type", "subject"])
          // One that is open has no end, which is before nothing.
          .where("ended_at", "<", before)
          .limit(BATCH)
          .$asTuple("target", "type", "subject"),
      ),
    );

const removeMessages: Removal = (db, { before }) =>
  db
    .deleteFrom("outbox_entry")
    .where("id", "in", db.selectFrom("outbox_entry").select("id").where("ended_at", "<", before).limit(BATCH));

const removeDeliveries: Removal = (db, { before }) =>
  db
    .deleteFrom("webhook_delivery")
    .where("id", "in", db.selectFrom("webhook_delivery").select("id").where("taken_at", "<", before).limit(BATCH));

/** Those that were over by themselves so long ago: by a clock that is ahead for a moment, one that is not would be open again. */
const removeSessions: Removal = (db, { before }) =>
  db
    .deleteFrom("ended_session")
    .where("id", "in", db.selectFrom("ended_session").select("id").where("expires_at", "<", before).limit(BATCH));

/** Settled requests. Others are needed even when their forge is lost: their author, head and base. */
const removeReviews: Removal = (db, { before }) =>
  db
    .deleteFrom("request_review")
    .where("updated_at", "<", before)
    .where("settled", "=", 1)
    .where((row) =>
      row(
        row.refTuple("target", "request"),
        "in",
        db
          .selectFrom("request_review")
          .select(["target", "request"])
          .where("updated_at", "<", before)
          .where("settled", "=", 1)
          .limit(BATCH)
          .$asTuple("target", "request"),
      ),
    );

/** After the reviews. */
const removeShownPlans: Removal = (db) => {
  const left = db
    .selectFrom("shown_plan as shown")
    .select(["shown.target", "shown.request", "shown.digest"])
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom("request_review")
            .select("request_review.request")
            .whereRef("request_review.target", "=", "shown.target")
            .whereRef("request_review.request", "=", "shown.request"),
        ),
      ),
    )
    .limit(BATCH);
  return db
    .deleteFrom("shown_plan")
    .where((row) =>
      row(row.refTuple("target", "request", "digest"), "in", left.$asTuple("target", "request", "digest")),
    );
};

const removeReportedComments: Removal = (db, { before }) =>
  db
    .deleteFrom("told_comment")
    .where((row) =>
      row(
        row.refTuple("place", "comment", "written"),
        "in",
        db
          .selectFrom("told_comment")
          .select(["place", "comment", "written"])
          .where("at", "<", before)
          .limit(BATCH)
          .$asTuple("place", "comment", "written"),
      ),
    );

/** Of targets that are not looked at any more: all others forget a group once it left its queue. */
const removeGroups: Removal = (db, { before }) =>
  db
    .deleteFrom("merge_group")
    .where("updated_at", "<", before)
    .where((row) =>
      row(
        row.refTuple("target", "commit_id"),
        "in",
        db
          .selectFrom("merge_group")
          .select(["target", "commit_id"])
          .where("updated_at", "<", before)
          .limit(BATCH)
          .$asTuple("target", "commit_id"),
      ),
    );

/** Writes that were settled, with the bodies of what they deleted; not those of a rollout that was never finished. */
const removeJournal: Removal = (db, age) =>
  db.deleteFrom("journal_entry").where(
    "id",
    "in",
    db
      .selectFrom("journal_entry")
      .select("id")
      .where("at", "<", age.before)
      .where("seq", "<", firstKept("journal_entry", "at", age))
      .where("status", "in", ["confirmed", "failed"])
      .where((row) => row.or([row("wrote", "is", null), row("status", "=", "failed")]))
      .limit(BATCH),
  );

/** Not those whose outcome is still unknown. Each control plane has numbers of its own. */
const removeChanges: Removal = (db, { before, now }) => {
  const kept = db
    .selectFrom("change_entry")
    .select(({ fn }) => ["org", "endpoint", fn.min<number>("seq").as("first")])
    .where("seq", "is not", null)
    .where("at", ">=", before)
    .where("at", "<=", now)
    .groupBy(["org", "endpoint"]);
  const old = db
    .selectFrom("change_entry as old")
    .leftJoin(kept.as("kept"), (join) =>
      join.onRef("kept.org", "=", "old.org").onRef("kept.endpoint", "=", "old.endpoint"),
    )
    .select("old.id")
    .where("old.at", "<", before)
    .where("old.seq", "is not", null)
    .where(({ or, eb }) => or([eb("kept.first", "is", null), eb("old.seq", "<", eb.ref("kept.first"))]));
  return db.deleteFrom("change_entry").where("id", "in", old.limit(BATCH));
};

const REMOVALS: readonly (readonly [keyof StoreTables, Removal])[] = [
  ["pass_record", removePasses],
  ["approval", removeApprovals],
  ["kept_plan", removePlans],
  ["pause", removePauses],
  ["applied_revision", removeApplied],
  ["audit_entry", removeAudit],
  ["alarm", removeAlarms],
  ["outbox_entry", removeMessages],
  ["webhook_delivery", removeDeliveries],
  ["request_review", removeReviews],
  ["shown_plan", removeShownPlans],
  ["told_comment", removeReportedComments],
  ["merge_group", removeGroups],
  ["journal_entry", removeJournal],
  ["ended_session", removeSessions],
];
