import { OperationalError } from "../../model/errors/operational-error.ts";
import { orNull } from "../../model/json/shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import { dropPlan } from "../plans/drop-plan.ts";
import { isWrittenReview } from "../plans/stored-plan-shape.ts";
import { type BoundedConnection, reviewsPastBudget } from "./past-budget.ts";

/** As many requests as a forge may list, with reviews of this size, take 200 MB: smaller ones are not counted each time. In characters. */
const SMALL = 10_000;

/**
 * Makes room in a store that was given a review, of so many characters, of a request of this target: of the plans that don't fit, the largest are
 * dropped. What was published of them stays published, and what counts as shown stays shown.
 */
export async function fitReviews(
  { db, mostKeptBytes }: BoundedConnection,
  target: string,
  length: number,
): Promise<void> {
  if (length < SMALL) return;
  const { rows } = await reviewsPastBudget(target, mostKeptBytes).execute(db);
  for (const { request } of rows) {
    const named = db.selectFrom("request_review").where("target", "=", target).where("request", "=", request);
    const row = await named.select(["body", "review"]).executeTakeFirst();
    if (row === undefined) continue;
    const review = readReview(row.review, request);
    if (review?.verdict.kind !== "planned") continue;
    await db
      .updateTable("request_review")
      .set({ review: JSON.stringify(dropPlan(review, "too_large")), sealed_by: "" })
      .where("target", "=", target)
      .where("request", "=", request)
      // One that was written in the meantime is counted with that.
      .where("body", "=", row.body)
      .execute();
  }
}

/** Null where it is damaged: that is reported where that request is read, and nowhere else. */
function readReview(text: string, request: string) {
  try {
    return readStoredJson(text, request, orNull(isWrittenReview));
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}
