import type { Kysely, SelectQueryBuilder } from "kysely";
import type { JsonObject } from "../../model/json/json.ts";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TurnedSettings } from "../../model/ledger/ledger.ts";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";

type Db = Kysely<StoreTables>;

/**
 * Settings that were made to name another queue, as `LedgerReader.readTurned` has it. `unfinished`: the journal's entries, without columns. An override of
 * the check that finds lost runs was for all of them until then.
 */
export async function readTurned(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TurnedSettings[]> {
  const settled = db
    .selectFrom("settled_change")
    .select("seq")
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint);
  const runs = (await unfinished.select("run_id").distinct().execute()).map(({ run_id }) => run_id);
  const since = Number((await settled.executeTakeFirst())?.seq ?? 0);
  const selected = selectHere(db, here).where((row) =>
    row.or([
      row.and([row("target", "is not", null), row("seq", ">", since)]),
      ...(runs.length === 0 ? [] : [row("run_id", "in", runs)]),
    ]),
  );
  const allowed = await selected
    .select(({ fn }) => fn.max("seq").as("last"))
    .where("overrides", "like", '%"black-hole"%')
    .executeTakeFirst();
  const rows = await selected
    .select(["id", "seq", "physical_name", "before", "after"])
    .where("kind", "=", "settings")
    .where("seq", ">", Number(allowed?.last ?? 0))
    .orderBy("seq")
    .execute();
  return rows.flatMap(({ id, physical_name: name, before, after }): readonly TurnedSettings[] => {
    const [from, to] = [before, after].map((text) => readQueue(text, `change ${id}`));
    return from === undefined || to === undefined || from === to ? [] : [{ name, from, to }];
  });
}

function selectHere(db: Db, { org, endpoint }: LedgerTarget) {
  return db.selectFrom("change_entry").where("org", "=", org).where("endpoint", "=", endpoint);
}

/** The queue that values of a scope name; null: none. */
function readQueue(text: string | null, what: string): string | null {
  const { settings = {} } = text === null ? {} : readStoredJson<JsonObject>(text, what, isJsonObject);
  const queue = isJsonObject(settings) ? settings[DEFAULT_QUEUE_KEY] : null;
  return typeof queue === "string" ? queue : null;
}
