import type { Kysely, SelectQueryBuilder } from "kysely";
import { isJsonObject, isText, listOf } from "../../model/json/shape.ts";
import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, LedgerTarget, StoreConnection, StoreTables } from "../database/store-schema.ts";
import { readAddress } from "./ledger-rows.ts";

type Db = Kysely<StoreTables>;

/**
 * What was taken out of pools, as `LedgerReader.readTaken` has it. Of unfinished runs, it is also what has no answer yet: what is live says whether it
 * arrived. What was applied for other commits before their first one, and not for `target`, was accepted by itself. `unfinished`: the journal's entries,
 * without columns.
 */
export async function readTaken(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
  target: string | null,
): Promise<readonly TakenCluster[]> {
  const begun = await readBegun(db, here, unfinished);
  const since = target === null ? [] : await readSince(db, here, target);
  const known = new Set(begun.map(({ id }) => id));
  const rows = dropAllowed([...since.filter(({ id }) => !known.has(id)), ...begun], known);
  return rows.flatMap(fromRow);
}

type TakenRow = Pick<ChangeEntryRow, (typeof COLUMNS)[number]>;

const COLUMNS = ["id", "seq", "address", "physical_name", "before", "after", "overrides"] as const;

function selectTaken(db: Db, { org, endpoint }: LedgerTarget) {
  const logged = db.selectFrom("change_entry").where("change_entry.org", "=", org);
  return logged
    .where("change_entry.endpoint", "=", endpoint)
    .where("kind", "=", "cluster")
    .where("op", "in", ["move", "delete"]);
}

/** Of unfinished runs, and of their commits since the first of these. */
async function readBegun(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TakenRow[]> {
  const runs = (await unfinished.select("run_id").distinct().execute()).map(({ run_id }) => run_id);
  if (runs.length === 0) return [];
  // What a commit did before that is over: a later pass of it may put drift back. None where these runs have no number yet: the next run that
  // writes gives them theirs first.
  const begun = db
    .selectFrom("change_entry")
    .select(({ fn }) => ["revision", fn.min("seq").as("first")])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("run_id", "in", runs)
    .where("revision", "is not", null)
    .groupBy("revision");
  return selectTaken(db, here)
    .leftJoin(begun.as("begun"), "begun.revision", "change_entry.revision")
    .select(COLUMNS)
    .where((row) => row.or([row("run_id", "in", runs), row("seq", ">=", row.ref("begun.first"))]))
    .execute();
}

/** For a target since all that was written for it was whole; of one that never was, all. */
async function readSince(db: Db, here: LedgerTarget, target: string): Promise<readonly TakenRow[]> {
  const settled = await selectSettled(db, here, target).executeTakeFirst();
  const since = selectTaken(db, here).select(COLUMNS).where("target", "=", target);
  return since.where("change_entry.seq", ">", settled?.seq ?? 0).execute();
}

/** In the order of the log, those without an answer yet last; without those whose loss was allowed, and all of the same pool before. `begun`: whose rollout is not over. */
function dropAllowed(rows: readonly TakenRow[], begun: ReadonlySet<string>): readonly TakenRow[] {
  const order = ({ seq }: TakenRow) => Number(seq ?? Number.MAX_SAFE_INTEGER);
  const sorted = rows.toSorted((one, other) => order(one) - order(other));
  const isAllowed = ({ id, overrides }: TakenRow) =>
    !begun.has(id) && readStoredJson(overrides, `change ${id}`, listOf(isText)).includes("black-hole");
  const allowed = new Map(sorted.filter(isAllowed).map((row) => [readPool(row, "before"), order(row)]));
  return sorted.filter((row) => begun.has(row.id) || order(row) > (allowed.get(readPool(row, "before")) ?? 0));
}

function readPool({ id, ...values }: TakenRow, which: "before" | "after"): string | null {
  const text = values[which];
  const pool = text === null ? null : readStoredJson(text, `change ${id}`, isJsonObject).pool;
  return typeof pool === "string" ? pool : null;
}

/** Of a write whose values before are not known, it is not known either what it took away. */
function fromRow(row: TakenRow): readonly TakenCluster[] {
  const from = readPool(row, "before");
  const { address, physical_name: cluster } = row;
  return from === null ? [] : [{ address: readAddress(address).address, cluster, from, to: readPool(row, "after") }];
}

function selectSettled(db: Db, { org, endpoint }: LedgerTarget, target: string) {
  const settled = db.selectFrom("settled_change").select("seq").where("org", "=", org);
  return settled.where("endpoint", "=", endpoint).where("target", "=", target);
}

/** As `Store.settleChanges`. Most passes write nothing, and find it settled. */
export async function settleChanges(
  { db }: StoreConnection,
  { org, endpoint }: LedgerTarget,
  target: string,
): Promise<void> {
  const count = db.selectFrom("change_count").select("last").where("org", "=", org).where("endpoint", "=", endpoint);
  const [newest, settled] = [
    await count.executeTakeFirst(),
    await selectSettled(db, { org, endpoint }, target).executeTakeFirst(),
  ];
  const seq = Number(newest?.last ?? 0);
  if (seq <= Number(settled?.seq ?? 0)) return;
  await db
    .insertInto("settled_change")
    .values({ org, endpoint, target, seq })
    .onConflict((conflict) =>
      conflict.columns(["org", "endpoint", "target"]).doUpdateSet({ seq }).where("settled_change.seq", "<", seq),
    )
    .execute();
}
