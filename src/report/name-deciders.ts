import type { Review } from "../model/review.ts";

/** Names that are listed; more are counted. */
const MOST_NAMED = 10;

/**
 * Who may approve a request, as words in brackets after a space; "" if every user with write access may; null: no user ever may. `render` is
 * given each name.
 */
export function nameDeciders({ deciders }: Pick<Review, "deciders">, render: (name: string) => string): string | null {
  if (deciders === undefined) return "";
  const { approvers, except, others = [], unknown } = deciders;
  if (unknown !== undefined) return ` (no one for now: it is unknown whose change it is, as ${unknown})`;
  // Those whose change it is are taken off the list.
  if (approvers?.length === 0) return null;
  const names = (approvers ?? []).slice(0, MOST_NAMED).map(render);
  const more = (approvers ?? []).length - names.length;
  const listed = names.length === 0 ? "" : `one of ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const authors = except === null ? [] : [except, ...others].slice(0, MOST_NAMED).map(render);
  const not = authors.length === 0 ? "" : `not its author${authors.length === 1 ? "" : "s"} ${authors.join(", ")}`;
  return ` (${[listed, not].filter((part) => part !== "").join("; ")})`;
}

/** What to do where no user may. */
export const NO_DECIDER =
  "No one may approve it: every approver is one of its authors. Add another to `policy.approval.approvers`.";
