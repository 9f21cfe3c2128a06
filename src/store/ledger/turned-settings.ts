import type { Kysely, SelectQueryBuilder } from "kysely";
import type { JsonObject } from "../../model/json/json.ts";
import { isJsonObject } from "../../model/json/shape.ts";
import type { TurnedSettings } from "../../model/ledger/ledger.ts";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { LOSS_CHECK, readAllowed } from "./read-allowed.ts";
import { selectSettled } from "./taken-clusters.ts";

type Db = Kysely<StoreTables>;

/**
 * Settings that were made to name another queue, as `LedgerReader.readTurned` has it. `unfinished`: the journal's entries, without columns. What an override
 * of the check that finds lost runs allowed, it allowed of all of them until then.
 */
export async function readTurned(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly TurnedSettings[]> {
  const settled = selectSettled(db, here);
  const runs = (await unfinished.select("run_id").distinct().execute()).map(({ run_id }) => run_id);
  const since = Number((await settled.executeTakeFirst())?.seq ?? 0);
  const selected = selectHere(db, here).where((row) =>
    row.or([
      row.and([row("change_entry.target", "is not", null), row("change_entry.seq", ">", since)]),
      ...(runs.length === 0 ? [] : [row("change_entry.run_id", "in", runs)]),
    ]),
  );
  const overriding = await selected
    .leftJoin("approval", "approval.id", "change_entry.approval")
    .select(["change_entry.id", "change_entry.seq", "change_entry.overrides", "approval.allowances"])
    .where("change_entry.overrides", "like", `%"${LOSS_CHECK}"%`)
    .where("change_entry.seq", "is not", null)
    .execute();
  const losses = overriding.map((row) => ({ seq: Number(row.seq), allowed: readAllowed(row) }));
  const allLost = Math.max(0, ...losses.flatMap(({ seq, allowed }) => (allowed === "all" ? [seq] : [])));
  const rows = await selected
    .select(["change_entry.id", "change_entry.seq", "physical_name", "before", "after"])
    .where("change_entry.kind", "=", "settings")
    .where("change_entry.seq", ">", allLost)
    .orderBy("change_entry.seq")
    .execute();
  return rows.flatMap(({ id, seq, physical_name: name, before, after }): readonly TurnedSettings[] => {
    const [from, to] = [before, after].map((text) => readQueue(text, `change ${id}`));
    if (from === undefined || to === undefined || from === to) return [];
    const allowed = losses.flatMap((loss) =>
      loss.seq < Number(seq) || loss.allowed === "all" ? [] : loss.allowed.map((one) => ({ ...one, seq: loss.seq })),
    );
    return [{ name, from, to, seq: Number(seq), ...(allowed.length > 0 && { allowed }) }];
  });
}

function selectHere(db: Db, { org, endpoint }: LedgerTarget) {
  return db
    .selectFrom("change_entry")
    .where("change_entry.org", "=", org)
    .where("change_entry.endpoint", "=", endpoint);
}

/** The queue that values of a scope name; null: none. */
function readQueue(text: string | null, what: string): string | null {
  const { settings = {} } = text === null ? {} : readStoredJson<JsonObject>(text, what, isJsonObject);
  const queue = isJsonObject(settings) ? settings[DEFAULT_QUEUE_KEY] : null;
  return typeof queue === "string" ? queue : null;
}
