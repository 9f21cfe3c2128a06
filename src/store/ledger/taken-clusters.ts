import type { Kysely, SelectQueryBuilder } from "kysely";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, LedgerTarget, StoreConnection, StoreTables } from "../database/store-schema.ts";
import { readAddress } from "./ledger-rows.ts";
import { type OverridingRow, readAllowed } from "./read-allowed.ts";

type Db = Kysely<StoreTables>;

/**
 * What was taken out of pools, as `LedgerReader.readTaken` has it. Of unfinished runs, it is also what has no answer yet: what is live says whether it
 * arrived. `unfinished`: the journal's entries, without columns.
 */
export async function readTaken(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TakenCluster[]> {
  const rows = new Map<string, TakenRow>();
  for (const row of [...(await readSince(db, here)), ...(await readBegun(db, here, unfinished))]) rows.set(row.id, row);
  return dropAllowed([...rows.values()]).flatMap(fromRow);
}

type TakenRow = Pick<ChangeEntryRow, (typeof COLUMNS)[number]> & OverridingRow;

const COLUMNS = ["id", "seq", "address", "physical_name", "before", "after", "overrides"] as const;
const SELECTED = [...COLUMNS.map((name) => `change_entry.${name}` as const), "approval.allowances"] as const;

/** Each with what the approval that it was written under overrides of checks. */
function selectTaken(db: Db, { org, endpoint }: LedgerTarget) {
  return db
    .selectFrom("change_entry")
    .leftJoin("approval", "approval.id", "change_entry.approval")
    .where("change_entry.org", "=", org)
    .where("change_entry.endpoint", "=", endpoint)
    .where("change_entry.kind", "=", "cluster")
    .where("change_entry.op", "in", ["move", "delete"]);
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
    .select(SELECTED)
    .where((row) =>
      row.or([row("change_entry.run_id", "in", runs), row("change_entry.seq", ">=", row.ref("begun.first"))]),
    )
    .execute();
}

/** Of a daemon, since all that it had written was whole. */
async function readSince(db: Db, here: LedgerTarget): Promise<readonly TakenRow[]> {
  const settled = await selectSettled(db, here).executeTakeFirst();
  const since = selectTaken(db, here).select(SELECTED).where("change_entry.target", "is not", null);
  return since.where("change_entry.seq", ">", settled?.seq ?? 0).execute();
}

/** In the order of the log, those without an answer yet last; without those of which any loss was allowed, and all of the same pool before. */
function dropAllowed(rows: readonly TakenRow[]): readonly TakenRow[] {
  const order = ({ seq }: TakenRow) => Number(seq ?? Number.MAX_SAFE_INTEGER);
  const sorted = rows.toSorted((one, other) => order(one) - order(other));
  const isAllowed = (row: TakenRow) => readAllowed(row) === "all";
  const allowed = new Map(sorted.filter(isAllowed).map((row) => [readPool(row, "before"), order(row)]));
  return sorted.filter((row) => !isAllowed(row) && order(row) > (allowed.get(readPool(row, "before")) ?? 0));
}

function readPool({ id, ...values }: TakenRow, which: "before" | "after"): string | null {
  const text = values[which];
  const pool = text === null ? null : readStoredJson(text, `change ${id}`, isJsonObject).pool;
  return typeof pool === "string" ? pool : null;
}

/** Of a write whose values before are not known, it is not known either what it took away. */
function fromRow(row: TakenRow): readonly TakenCluster[] {
  const from = readPool(row, "before");
  if (from === null) return [];
  const { address, physical_name: cluster } = row;
  const allowed = readAllowed(row);
  const place = row.seq === null ? {} : { seq: Number(row.seq) };
  return [
    {
      ...{ address: readAddress(address).address, cluster, from, to: readPool(row, "after"), ...place },
      ...(allowed === "all" || allowed.length === 0 ? {} : { allowed: allowed.map((one) => ({ ...one, ...place })) }),
    },
  ];
}

/** The number in the change log up to which nothing is left to do on a control plane; no row: it was never so. */
export function selectSettled(db: Db, { org, endpoint }: LedgerTarget) {
  return db.selectFrom("settled_change").select("seq").where("org", "=", org).where("endpoint", "=", endpoint);
}

/** As `Store.settleChanges`. Most passes write nothing, and find it settled. */
export async function settleChanges({ db }: StoreConnection, { org, endpoint }: LedgerTarget): Promise<void> {
  const count = db.selectFrom("change_count").select("last").where("org", "=", org).where("endpoint", "=", endpoint);
  const newest = await count.executeTakeFirst();
  const settled = await selectSettled(db, { org, endpoint }).executeTakeFirst();
  const seq = Number(newest?.last ?? 0);
  if (seq <= Number(settled?.seq ?? 0)) return;
  await db
    .insertInto("settled_change")
    .values({ org, endpoint, seq })
    .onConflict((conflict) =>
      conflict.columns(["org", "endpoint"]).doUpdateSet({ seq }).where("settled_change.seq", "<", seq),
    )
    .execute();
}
