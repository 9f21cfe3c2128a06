import type { Kysely } from "kysely";
import type { JsonObject } from "../../model/json/json.ts";
import { isJsonObject } from "../../model/json/shape.ts";
import type { RoutingFields, RoutingWrite } from "../../model/ledger/ledger.ts";
import { DEFAULT_QUEUE_KEY } from "../../model/objects/settings.ts";
import type { Op } from "../../model/plan/step.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreTables } from "../database/store-schema.ts";
import { selectSettled } from "./taken-clusters.ts";

type Db = Kysely<StoreTables>;

/** The writes that decide where work goes, as `LedgerReader.readRoutingWrites` has it: those of the end of the log, which may be long. */
export async function readRoutingWrites(db: Db, here: LedgerTarget): Promise<readonly RoutingWrite[]> {
  const since = Number((await selectSettled(db, here).executeTakeFirst())?.seq ?? 0);
  const rows = await db
    .selectFrom("change_entry")
    .select(["id", "seq", "kind", "physical_name", "op", "revision", "before", "after"])
    .where("org", "=", here.org)
    .where("endpoint", "=", here.endpoint)
    .where("kind", "in", ["cluster", "queue", "settings"])
    .where("revision", "is not", null)
    .where("target", "is not", null)
    .where((row) => row.or([row("seq", ">", since), row("seq", "is", null)]))
    .execute();
  // Those without an answer yet come last.
  const order = (seq: number | null) => Number(seq ?? Number.MAX_SAFE_INTEGER);
  return rows
    .toSorted((one, other) => order(one.seq) - order(other.seq))
    .map(({ id, kind, physical_name: name, op, revision, before, after }) => {
      const [was, is] = [before, after].map((text) => (text === null ? null : readFields(text, `change ${id}`)));
      return {
        ...{ kind: kind as RoutingWrite["kind"], name, op: op as Op, revision: revision ?? "" },
        ...{ before: was ?? null, after: is ?? null },
      };
    });
}

function readFields(text: string, what: string): RoutingFields {
  const fields = readStoredJson<JsonObject>(text, what, isJsonObject);
  const { pool, cluster_pool = pool, state, clusters, settings } = fields;
  const queue = isJsonObject(settings) ? settings[DEFAULT_QUEUE_KEY] : undefined;
  return {
    ...(typeof cluster_pool === "string" && { pool: cluster_pool }),
    ...(typeof state === "string" && { state }),
    ...(Array.isArray(clusters) && { clusters: clusters.map(String) }),
    ...(queue !== undefined && { queue: typeof queue === "string" ? queue : null }),
  };
}
