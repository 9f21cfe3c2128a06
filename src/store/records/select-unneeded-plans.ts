import { type Kysely, sql } from "kysely";
import { COUNTING_STATES } from "../../model/passes/approval.ts";
import type { StoreTables } from "../database/store-schema.ts";

/**
 * The plans, as `old`, of which nothing depends: neither a target's latest, nor that of its last pass, which may wait for an approval, nor one
 * with an approval that counts.
 */
export function selectUnneededPlans(db: Kysely<StoreTables>) {
  return db
    .selectFrom("kept_plan as old")
    .select(["old.target", "old.digest"])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("kept_plan as newer")
          .select("newer.digest")
          .whereRef("newer.target", "=", "old.target")
          .whereRef("newer.seq", ">", "old.seq"),
      ),
    )
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom("target_state as state")
            .select("state.target")
            .whereRef("state.target", "=", "old.target")
            // No text in it reads so: quotation marks in texts are escaped.
            .where("state.body", "like", sql<string>`'%"digest":"' || old.digest || '"%'`),
        ),
      ),
    )
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom("approval")
            .select("approval.id")
            .whereRef("approval.target", "=", "old.target")
            .whereRef("approval.digest", "=", "old.digest")
            .where("approval.state", "in", COUNTING_STATES),
        ),
      ),
    );
}
