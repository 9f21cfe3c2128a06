import { OperationalError } from "../../model/errors/operational-error.ts";
import { orNull } from "../../model/json/shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { StoreConnection } from "../database/store-schema.ts";
import { shortenReview } from "../plans/shorten-review.ts";
import { isWrittenReview } from "../plans/stored-plan-shape.ts";
import { type BoundedConnection, reviewsPastBudget } from "./past-budget.ts";

/** The part of a target's room that is written before it is looked at how much its reviews take: that reads the lengths of all of them. */
const BETWEEN = 1 / 32;

/**
 * Makes room in a store that was given a review, of so many characters, of a request of this target: those that don't fit are cut short, with any
 * verdict, of requests about which nothing more is to be said first, then the largest. What was published of them stays published, and what counts as
 * shown stays shown.
 */
export type FitReviews = (target: string, length: number) => Promise<void>;

/** What this process has written since then. The first time it is unknown what is there. */
export function createReviewRoom({ db, mostKeptBytes }: BoundedConnection): FitReviews {
  const written = new Map<string, number>();
  const most = mostKeptBytes * BETWEEN;
  return async (target, length) => {
    const sum = (written.get(target) ?? most) + length;
    written.set(target, sum < most ? sum : 0);
    if (sum < most) return;
    const { rows } = await reviewsPastBudget(target, mostKeptBytes).execute(db);
    for (const { request } of rows) await shorten(db, target, request);
  };
}

async function shorten(db: StoreConnection["db"], target: string, request: string): Promise<void> {
  const named = db.selectFrom("request_review").where("target", "=", target).where("request", "=", request);
  const row = await named.select(["body", "review"]).executeTakeFirst();
  const review = row === undefined ? null : readReview(row.review, request);
  if (row === undefined || review === null) return;
  await db
    .updateTable("request_review")
    .set({ review: JSON.stringify(shortenReview(review)), sealed_by: "" })
    .where("target", "=", target)
    .where("request", "=", request)
    // One that was written in the meantime is counted with that.
    .where("body", "=", row.body)
    .execute();
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
