import type { Kysely, SelectQueryBuilder } from "kysely";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TakenCluster } from "../../model/ledger/ledger.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow, LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { readAddress } from "./ledger-rows.ts";

/** The clusters that a run and later ones have moved or deleted, as the change log says, oldest first. `run`: at most one; none: none. */
export async function readTaken(
  db: Kysely<StoreTables>,
  { org, endpoint }: LedgerTarget,
  run: SelectQueryBuilder<StoreTables, "journal_entry", { run_id: string }>,
): Promise<readonly TakenCluster[]> {
  const entered = db
    .selectFrom("change_entry")
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("seq", "is not", null);
  const begin = entered.select(({ fn }) => fn.min("seq").as("seq")).where("run_id", "=", run);
  const rows = await entered
    .select(["id", "address", "physical_name", "before", "after"])
    .where("kind", "=", "cluster")
    .where("op", "in", ["move", "delete"])
    .where("seq", ">=", begin)
    .orderBy("seq")
    .execute();
  return rows.flatMap(fromRow);
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
