import type { Kysely, SelectQueryBuilder } from "kysely";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { readAddress } from "./ledger-rows.ts";

/**
 * The clusters that were moved or deleted since the run of the oldest unfinished write, for the commits of such writes or in their runs, as the change log says, oldest first, also those whose
 * outcome is not known yet: what is live says that. What was applied for other commits in the meantime was accepted by itself. `unfinished`: the journal's entries, without columns.
 */
export async function readTaken(
  db: Kysely<StoreTables>,
  { org, endpoint }: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TakenCluster[]> {
  const logged = db.selectFrom("change_entry").where("org", "=", org).where("endpoint", "=", endpoint);
  const commits = logged
    .select("revision")
    .where("id", "in", unfinished.select("id"))
    .where("revision", "is not", null);
  const first = logged
    .select(({ fn, val }) => fn.coalesce(fn.min<number>("seq"), val(0)).as("seq"))
    .where("run_id", "=", unfinished.select("run_id").orderBy("seq").orderBy("id").limit(1));
  const rows = await logged
    .select(["id", "seq", "address", "physical_name", "before", "after"])
    // What a commit did before that is over: a later pass of it may put drift back.
    .where((row) => row.or([row("seq", "is", null), row("seq", ">=", first)]))
    .where("kind", "=", "cluster")
    .where("op", "in", ["move", "delete"])
    .where((row) => row.or([row("revision", "in", commits), row("run_id", "in", unfinished.select("run_id"))]))
    .orderBy("at")
    .execute();
  // Those without an answer yet are the last ones.
  const order = ({ seq }: (typeof rows)[number]) => Number(seq ?? Number.MAX_SAFE_INTEGER);
  return rows.toSorted((one, other) => order(one) - order(other)).flatMap(fromRow);
}

/** Of a write whose values before are not known, it is not known either what it took away. */
function fromRow({
  id,
  address,
  physical_name: cluster,
  before,
  after,
}: Pick<ChangeEntryRow, "id" | "address" | "physical_name" | "before" | "after">): readonly TakenCluster[] {
  const readPool = (text: string | null) => {
    const pool = text === null ? null : readStoredJson(text, `change ${id}`, isJsonObject).pool;
    return typeof pool === "string" ? pool : null;
  };
  const from = readPool(before);
  return from === null ? [] : [{ address: readAddress(address).address, cluster, from, to: readPool(after) }];
}
