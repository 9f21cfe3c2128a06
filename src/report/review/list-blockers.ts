import type { Review } from "../../model/reviews/review.ts";

/** Names of the failed checks that block a merge from applying a plan; empty: none does. */
export function listBlockers({
  plan,
  blocked,
}: Pick<Extract<Review["verdict"], { kind: "planned" }>, "plan" | "blocked">): readonly string[] {
  return blocked ?? plan.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
}
