import type { Kysely, SelectQueryBuilder } from "kysely";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { readAddress } from "./ledger-rows.ts";

/**
 * The clusters that were moved or deleted in the runs of unfinished writes, also those whose outcome is not known yet, as what is live says that;
 * and since the first of these runs for a commit, by other runs for the same one. As the change log says, oldest first. What was applied for other
 * commits in the meantime was accepted by itself. `unfinished`: the journal's entries, without columns.
 */
export async function readTaken(
  db: Kysely<StoreTables>,
  { org, endpoint }: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TakenCluster[]> {
  const logged = db.selectFrom("change_entry").where("org", "=", org).where("endpoint", "=", endpoint);
  const runs = unfinished.select("run_id");
  // What a commit did before that is over: a later pass of it may put drift back. None where these runs have no number yet: the next run that
  // writes gives them theirs first.
  const begun = logged
    .select(({ fn }) => ["revision", fn.min("seq").as("first")])
    .where("run_id", "in", runs)
    .where("revision", "is not", null)
    .groupBy("revision");
  const rows = await logged
    .leftJoin(begun.as("begun"), "begun.revision", "change_entry.revision")
    .select(["id", "seq", "address", "physical_name", "before", "after"])
    .where("kind", "=", "cluster")
    .where("op", "in", ["move", "delete"])
    .where((row) => row.or([row("run_id", "in", runs), row("seq", ">=", row.ref("begun.first"))]))
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
