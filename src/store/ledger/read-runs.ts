import type { Kind } from "../../kinds/registry.ts";
import { isText, listOf } from "../../model/json/shape.ts";
import {
  type DecidedBy,
  MOST_WRITTEN,
  nameObject,
  type RunsQuery,
  type RunWrites,
} from "../../model/ledger/change-log.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { LedgerTarget, StoreConnection } from "../database/store-schema.ts";

/** The key of one part of a run: each part ran under its own decision. */
const DECISION = [
  "run_id",
  "target",
  "via",
  "digest",
  "revision",
  "decided_by",
  "by",
  "approval",
  "overrides",
] as const;

/** The runs that wrote to a control plane, by decision, those that wrote last first: passes and commands. */
export async function readRuns(
  { db }: StoreConnection,
  { org, endpoint }: LedgerTarget,
  { target, limit }: RunsQuery,
): Promise<readonly RunWrites[]> {
  const entered = db
    .selectFrom("change_entry")
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .where("seq", "is not", null);
  const asked =
    target === undefined
      ? entered
      : entered.where((row) => row.or([row("target", "=", target), row("target", "is", null)]));
  const runs = await asked
    .select(DECISION)
    .select(({ fn }) => [
      fn.max<string>("at").as("at"),
      fn.min<number>("seq").as("first_seq"),
      fn.max<number>("seq").as("last_seq"),
      fn.countAll<number | string>().as("writes"),
    ])
    .groupBy(DECISION)
    .orderBy("last_seq", "desc")
    .limit(limit)
    .execute();
  if (runs.length === 0) return [];
  const numbered = entered
    .where("run_id", "in", [...new Set(runs.map(({ run_id }) => run_id))])
    .select(["seq", "run_id", "decided_by", "approval", "kind", "physical_name"])
    .select(({ fn }) =>
      fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy(["run_id", "decided_by", "approval"]).orderBy("seq"))
        .as("place"),
    );
  const named = await db
    .selectFrom(numbered.as("numbered"))
    .selectAll()
    .where("place", "<=", MOST_WRITTEN)
    .orderBy("seq")
    .execute();
  const objects = Map.groupBy(named, nameDecision);
  return runs.map(({ writes, overrides, ...run }) => ({
    ...run,
    via: run.via as RunWrites["via"],
    decided_by: run.decided_by as DecidedBy,
    overrides: readStoredJson(overrides, `changes of run ${run.run_id}`, listOf(isText)),
    // A count of PostgreSQL is a text.
    writes: Number(writes),
    objects: [
      ...new Set(
        (objects.get(nameDecision(run)) ?? []).map(({ kind, physical_name }) =>
          nameObject({ kind: kind as Kind, physical_name }),
        ),
      ),
    ],
  }));
}

function nameDecision({
  run_id,
  decided_by,
  approval,
}: {
  readonly run_id: string;
  readonly decided_by: string;
  readonly approval: string | null;
}): string {
  return JSON.stringify([run_id, decided_by, approval]);
}
