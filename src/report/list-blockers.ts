import type { Review } from "../model/review.ts";

/** Names of the checks that keep a merge from carrying out anything of a plan; empty: none does. */
export function listBlockers({
  plan,
  blocked,
}: Pick<Extract<Review["verdict"], { kind: "planned" }>, "plan" | "blocked">): readonly string[] {
  return blocked ?? plan.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
}
