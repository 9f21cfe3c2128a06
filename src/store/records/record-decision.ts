import type { Decision, GivenDecision } from "../../model/passes/decision.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import { moveApprovals } from "./move-approvals.ts";

/**
 * Records a decision under the number that was taken, once: with a rejection of what the branch has, every approval of its target that
 * counts ends, for any digest, as the remainder of a rollout is another plan than the one that was approved. What is approved after that
 * counts again.
 */
export function* recordDecision(connection: StoreConnection, decision: GivenDecision): Statements<void> {
  const { kind, revision, target } = decision;
  const added = yield insertDecision(connection, decision);
  if (added === 0 || kind !== "reject" || revision === null) return;
  yield moveApprovals(connection, "reject").where("target", "=", target);
}

/** Takes the target's next number, and keeps every other decision of the target waiting until the transaction ends. */
export function* takeNumber({ db }: StoreConnection, target: string): Statements<void> {
  yield db
    .insertInto("decision_count")
    .values({ target, last: 0 })
    .onConflict((conflict) => conflict.doNothing());
  yield db
    .updateTable("decision_count")
    .set(({ eb }) => ({ last: eb("last", "+", 1) }))
    .where("target", "=", target);
}

/** Changes one row where no rejection is newer than the given one, and none else. A statement of its own, after the number was taken: so it sees every decision. */
export function confirmKnown({ db }: StoreConnection, target: string, known: number) {
  return db
    .updateTable("decision_count")
    .set(({ ref }) => ({ last: ref("last") }))
    .where("target", "=", target)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("decision")
            .select("seq")
            .where("target", "=", target)
            .where("kind", "=", "reject")
            .where("seq", ">", known),
        ),
      ),
    );
}

/** Under the number that was taken; nothing where it is there already. */
export function insertDecision({ db }: StoreConnection, { effects, lifts, ...rest }: GivenDecision) {
  return db
    .insertInto("decision")
    .values(({ selectFrom }) => ({
      ...rest,
      ...{ effects: JSON.stringify(effects), lifts: JSON.stringify(lifts) },
      seq: selectFrom("decision_count").select("last").where("target", "=", rest.target),
    }))
    .onConflict((conflict) => conflict.columns(["target", "id"]).doNothing());
}

/**
 * Under the number that it has with another target: later ones get higher numbers. Nothing where it is there already. Where another one of that
 * number is, a rejection gets the next number, and an approval, which would approve something else under it, none.
 */
export function* copyDecision(connection: StoreConnection, decision: Decision): Statements<void> {
  const { db } = connection;
  const { effects, lifts, ...rest } = decision;
  const { target, seq: last } = rest;
  yield db
    .insertInto("decision_count")
    .values({ target, last })
    .onConflict((conflict) => conflict.column("target").doUpdateSet({ last }).where("decision_count.last", "<", last));
  const copied = yield db
    .insertInto("decision")
    .values({ ...rest, effects: JSON.stringify(effects), lifts: JSON.stringify(lifts) })
    .onConflict((conflict) => conflict.doNothing());
  if (copied > 0 || rest.kind !== "reject") return;
  yield* takeNumber(connection, target);
  yield insertDecision(connection, decision);
}
