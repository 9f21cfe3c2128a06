import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import { isNumber, isText, listOf } from "../../model/json/shape.ts";
import type { Decision } from "../../model/passes/decision.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { DecisionRow } from "../database/record-tables.ts";
import type { StoreConnection } from "../database/store-schema.ts";

type DecisionRecords = Pick<DaemonRecords, "readDecisions" | "extendDecision">;

/** Who decided what, in the order in which it was recorded. */
export function createDecisionRecords(connection: StoreConnection): DecisionRecords {
  const explaining = explainingErrors(connection.place);
  const select = (target: string) => connection.db.selectFrom("decision").selectAll().where("target", "=", target);
  return {
    readDecisions: (target) =>
      explaining(async () => (await select(target).orderBy("seq").execute()).map(fromDecisionRow)),
    extendDecision: (target, seq, effects) =>
      explaining(async () => {
        const row = await select(target).where("seq", "=", seq).executeTakeFirst();
        if (row === undefined) return;
        const all = [...new Set([...fromDecisionRow(row).effects, ...effects])];
        await connection.db
          .updateTable("decision")
          .set({ effects: JSON.stringify(all) })
          .where("target", "=", target)
          .where("seq", "=", seq)
          .execute();
      }),
  };
}

function fromDecisionRow({ effects, lifts, ...rest }: DecisionRow): Decision {
  const place = `decision ${rest.target} ${rest.seq}`;
  return {
    ...rest,
    effects: readStoredJson(effects, place, listOf(isText)),
    lifts: readStoredJson(lifts, place, listOf(isNumber)),
  };
}
