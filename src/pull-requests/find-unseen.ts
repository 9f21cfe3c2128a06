import type { UnseenMerge } from "../model/review.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import type { PullRequest } from "./forge/forge.ts";
import type { ReviewTools } from "./review-tools.ts";

/**
 * Why a merge approves nothing: of another commit nothing was shown; a comment without room for the whole plan shows a part; an altered comment shows something else, as may a forged one in the
 * place of a deleted one; the comment may show the previous plan, where the daemon does not know that its newest write took effect; and the
 * one who merged, or left the merge to the forge, saw what was shown then. Null: the merger can have seen the plan.
 */
export async function findUnseen(
  { forge, config }: Pick<ReviewTools, "forge" | "config">,
  record: ReviewRecord,
  { number, head: { sha }, merged }: PullRequest,
): Promise<UnseenMerge | null> {
  const { head, altered, published = [], needs_approval } = record;
  if (sha !== head) return "other_head";
  const last = published.at(-1);
  if (last !== undefined && last.restored !== (altered?.times ?? 0)) return "altered";
  if (!needs_approval || config.approval !== "merge") return null;
  if (last === undefined) return isOfOlderRelease(record) ? null : "shown_after";
  if (last.head !== head || last.digest !== record.digest) return "shown_after";
  if (last.partial === true) return "partial";
  const isBefore = (at: string) => Date.parse(at) <= Date.parse(last.at);
  if (merged?.at != null && isBefore(merged.at)) return last.unproven ? "unproven" : "shown_after";
  if (merged !== null && (merged.by === null || !(await forge.provesMergers()))) return "unknown_merger";
  const left = await forge.readLeftMerge(number);
  return left !== null && (left.at === null || isBefore(left.at)) ? "left_before" : null;
}

/** It wrote the comment, and not down what that said. */
function isOfOlderRelease({ comment, shown }: ReviewRecord): boolean {
  return comment !== null && shown === undefined;
}
