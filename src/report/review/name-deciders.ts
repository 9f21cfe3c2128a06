import type { Review } from "../../model/reviews/review.ts";

/** Names that are listed; more are counted. */
const MOST_NAMED = 10;

/**
 * Who may approve a request, as words in brackets after a space; "" if every user with write access may; null: no user may. `render` is
 * given each name.
 */
export function nameDeciders({ deciders }: Pick<Review, "deciders">, render: (name: string) => string): string | null {
  if (deciders === undefined) return "";
  const { approvers, except, others = [], unknown } = deciders;
  // Those whose change it is are taken off the list.
  if (approvers?.length === 0 || unknown !== undefined) return null;
  const names = (approvers ?? []).slice(0, MOST_NAMED).map(render);
  const more = (approvers ?? []).length - names.length;
  const listed = names.length === 0 ? "" : `one of ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const authors = except === null ? [] : [except, ...others].slice(0, MOST_NAMED).map(render);
  const not = authors.length === 0 ? "" : `not its author${authors.length === 1 ? "" : "s"} ${authors.join(", ")}`;
  return ` (${[listed, not].filter((part) => part !== "").join("; ")})`;
}

/** Why no user may, as sentences. `render` is given the reason. */
export function explainNoDecider({ deciders }: Pick<Review, "deciders">, render: (why: string) => string): string {
  const { unknown } = deciders ?? {};
  return unknown === undefined
    ? "No one may approve it: every approver is one of its authors. Add another to `policy.approval.approvers`."
    : `No one may approve it, as it is unknown whose change it is: ${render(unknown)}. Self-approval is disabled.`;
}
