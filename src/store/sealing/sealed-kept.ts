import type { Compilable } from "kysely";
import { isSealing } from "../../model/ledger/ledger-shape.ts";
import type { RequiredSealing, Sealing } from "../../model/secrets/sealing.ts";
import { listUncovered } from "../../sealing/list-uncovered.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { SealedKeptRow, StoreConnection } from "../database/store-schema.ts";
import type { Uncovered } from "./uncovered.ts";

/** What was sealed as a whole: the ledger of a control plane for a target, or, with `org` and `endpoint` empty, texts of the target itself. */
export type SealedPart = Omit<SealedKeptRow, "rules">;

/** What has to be done with a part so that it is sealed by the rules that are required. */
export interface PartToSeal {
  /** Of which objects more is sensitive than when it was sealed last; none: only the rules changed. */
  readonly uncovered: Uncovered;
  /** Remembers that the part is sealed by these rules; to run in the transaction that seals it. */
  readonly mark: Compilable;
}

/** As `DaemonRecords.listUnsealed` does. A target of which no texts, or no ledger, were ever sealed is among them. */
export async function listUnsealed(
  { db }: StoreConnection,
  required: ReadonlyMap<string, Sealing>,
): Promise<readonly string[]> {
  const rows = await db.selectFrom("sealed_kept").selectAll().execute();
  const parts = Map.groupBy(rows, ({ target }) => target);
  return [...required].flatMap(([target, sealing]) => {
    const mine = parts.get(target) ?? [];
    const isSealed = ({ rules }: SealedKeptRow) =>
      listUncovered(sealing, readStoredJson(rules, `rules of ${target}`, isSealing)).length === 0;
    const isWhole = mine.some(isOfTexts) && mine.some((part) => !isOfTexts(part));
    return isWhole && mine.every(isSealed) ? [] : [target];
  });
}

function isOfTexts({ endpoint }: Pick<SealedPart, "endpoint">): boolean {
  return endpoint === "";
}

/** Compares the rules by which a part was sealed last with those that are required. Null: nothing is to be done. */
export async function findPartToSeal(
  { db }: StoreConnection,
  { target, org, endpoint }: SealedPart,
  { sealing, isWhole }: RequiredSealing,
): Promise<PartToSeal | null> {
  const rules = JSON.stringify(sealing);
  const row = await db
    .selectFrom("sealed_kept")
    .select("rules")
    .where("target", "=", target)
    .where("org", "=", org)
    .where("endpoint", "=", endpoint)
    .executeTakeFirst();
  const former = row === undefined ? null : readStoredJson(row.rules, `rules of ${target}`, isSealing);
  const uncovered = listUncovered(sealing, former);
  // What is known in part says nothing of what else was sensitive before.
  if (uncovered.length === 0 && (!isWhole || row?.rules === rules)) return null;
  const mark = db
    .insertInto("sealed_kept")
    .values({ target, org, endpoint, rules })
    .onConflict((conflict) =>
      conflict.columns(["target", "org", "endpoint"]).doUpdateSet((excluded) => ({
        rules: excluded.ref("excluded.rules"),
      })),
    );
  return { uncovered, mark };
}
