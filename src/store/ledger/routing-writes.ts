import type { Kysely, SelectQueryBuilder } from "kysely";
import { ATTRIBUTES_KINDS, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { JsonObject } from "../../model/json/json.ts";
import { isJsonObject } from "../../model/json/shape.ts";
import type { RoutingFields, RoutingWrite } from "../../model/ledger/ledger.ts";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import type { Op } from "../../model/plan/step.ts";
import { isCut } from "../../model/secrets/keep-values.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { selectSettled } from "./taken-clusters.ts";

type Db = Kysely<StoreTables>;

/**
 * The writes that decide where work goes, as `LedgerReader.readRoutingWrites` has it: those of the end of the log, which may be long. `unfinished`: the
 * journal's entries, without columns.
 */
export async function readRoutingWrites(
  db: Db,
  here: LedgerTarget,
  unfinished: SelectQueryBuilder<StoreTables, "journal_entry", object>,
): Promise<readonly RoutingWrite[]> {
  const runs = new Set((await unfinished.select("run_id").distinct().execute()).map(({ run_id }) => run_id));
  const since = Number((await selectSettled(db, here).executeTakeFirst())?.seq ?? 0);
  const rows = await db
    .selectFrom("change_entry")
    .select(["id", "seq", "kind", "physical_name", "op", "revision", "run_id", "before", "after"])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("kind", "in", ["cluster", "queue", "settings", ...ATTRIBUTES_KINDS])
    .where("revision", "is not", null)
    // What was reverted was there before: no commit has brought it.
    .where("origin", "!=", "drift")
    .where("target", "is not", null)
    .where((row) => row.or([row("seq", ">", since), row("seq", "is", null)]))
    .execute();
  // Those without an answer yet come last.
  const order = (seq: number | null) => Number(seq ?? Number.MAX_SAFE_INTEGER);
  const begun = new Set(rows.flatMap(({ run_id, revision }) => (runs.has(run_id) ? [revision] : [])));
  return rows
    .toSorted((one, other) => order(one.seq) - order(other.seq))
    .map(({ id, kind, physical_name: name, op, revision, before, after }) => {
      const [was, is] = [before, after].map((text) => (text === null ? null : readFields(text, `change ${id}`)));
      return {
        ...{ kind: kind as RoutingWrite["kind"], name, op: op as Op, revision: revision ?? "" },
        ...(begun.has(revision) && { unfinished: true as const }),
        ...{ before: was ?? null, after: is ?? null },
      };
    });
}

/** What the one field of a row has as its name, by its kind. */
const ROW_FIELDS = ATTRIBUTES_KINDS.map((kind) => KIND_DEFINITIONS[kind].field);

function readFields(text: string, what: string): RoutingFields {
  const fields = readStoredJson<JsonObject>(text, what, isJsonObject);
  // What was too long to keep is not known.
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isCut(value)));
  const { pool, cluster_pool = pool, state, clusters, settings } = known;
  const queue = isJsonObject(settings) ? settings[DEFAULT_QUEUE_KEY] : undefined;
  const value = ROW_FIELDS.map((field) => known[field]).find((one) => typeof one === "string");
  return {
    ...(typeof cluster_pool === "string" && { pool: cluster_pool }),
    ...(typeof state === "string" && { state }),
    ...(Array.isArray(clusters) && { clusters: clusters.map(String) }),
    ...(queue !== undefined && { queue: typeof queue === "string" ? queue : null }),
    ...(typeof value === "string" && { value }),
  };
}
