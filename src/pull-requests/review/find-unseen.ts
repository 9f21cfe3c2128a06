import { nameRequest } from "../../model/reviews/name-request.ts";
import type { UnseenMerge } from "../../model/reviews/review.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import { identify } from "./make-review.ts";
import { type MergeQuery, proveMerge } from "./prove-merge.ts";
import type { ReviewTools } from "./review-tools.ts";
import { findShownChange } from "./shown-plan.ts";

/**
 * Why a merge approves nothing: of another commit nothing was shown; a comment without room for the whole plan shows a part; an altered comment shows something else, as may a forged one in the
 * place of a deleted one; the comment may show the previous plan, where the daemon does not know that its newest write took effect; the one who
 * merged, or left the merge to the forge, saw what was shown then; and one who merged or pushed something else that has the commit, or another
 * request of it, saw what that showed; and by which other merge the branch got the commit is not known where too many requests have changed since. Null: the merger can have seen the plan. `later`: the branch does not have the merge yet.
 */
export async function findUnseen(
  tools: ReviewTools,
  record: ReviewRecord,
  query: Omit<MergeQuery, "others">,
): Promise<UnseenMerge | "later" | null> {
  const { request } = query;
  const own = await findOwnUnseen(tools, record, request);
  const isAsking = own === null && record.needs_approval && tools.config.approval === "merge";
  if (!isAsking || !tools.forge.countsContained) return own;
  const others = await tools.forge.listMergedWith(request);
  if (others === null) return "crowded";
  const proof = await proveMerge(tools, { ...query, others });
  if (proof !== "own") return proof === "later" ? "later" : "contained";
  return (await hasUnseenTwin(tools, request, others)) ? "twin" : null;
}

/**
 * Whether another request of the commit was merged no later, whose merger can't have seen the plan on it: a forge counts every open request of that
 * commit as merged then, by the same user. One that was being merged (GitLab) is not later, also where the times say so: it is marked as merged only after
 * the branch got its commit, and others of the commit may be marked before it.
 */
async function hasUnseenTwin(
  tools: ReviewTools,
  request: PullRequest,
  others: readonly PullRequest[],
): Promise<boolean> {
  const { forge, pass } = tools;
  const at = request.merged?.at;
  const isLater = (other: PullRequest) =>
    at != null && other.merged?.at != null && Date.parse(other.merged.at) > Date.parse(at);
  for (const other of others.filter(({ head }) => head.sha === request.head.sha)) {
    const record = await pass.records.readRecord(pass.config.name, nameRequest(identify(forge, other)));
    if (isLater(other) && record?.merging !== true) continue;
    // A list does not say who merged.
    const twin = await forge.readRequest(other.number);
    if (twin === null) continue;
    if (record === null || findShownChange(record) === null) return true;
    if ((await findOwnUnseen(tools, record, twin)) !== null) return true;
  }
  return false;
}

async function findOwnUnseen(
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

/** What a comment wants to approve. */
export interface Unseen {
  /** As it was typed. */
  readonly asked: string;
  /** The digest of the plan that stands now. */
  readonly current: string;
}

/**
 * Why a comment does not approve the current plan, though it names it: its author can't have seen the review that shows it. Null: the author
 * can have. Times are the forge's own, often in whole seconds: for a comment of the very second in which the review was published the digest
 * decides, which no earlier review of the request showed.
 */
export function explainUnseen(
  record: Pick<ReviewRecord, "published" | "altered" | "head">,
  comment: Pick<Comment, "created_at">,
  { asked, current }: Unseen,
): string | null {
  const published = record.published ?? [];
  const last = published.at(-1);
  const isShown = last?.head === record.head && last.digest === current;
  if (last === undefined || !isShown) return `The plan was not published here yet. ${AGAIN}`;
  if (last.restored !== (record.altered?.times ?? 0)) {
    return `The comment that shows the plan had been altered when this was written. ${AGAIN}`;
  }
  const others = published.slice(0, -1);
  if (others.some(({ digest }) => digest !== null && digest !== current && digest.startsWith(asked))) {
    return "An earlier plan of this request begins with the same digits. Give all 64 digits of the digest, from the daemon's page.";
  }
  const [written, stood] = [Date.parse(comment.created_at), Date.parse(last.at)];
  const isOlder = written < stood || (written === stood && others.some(({ digest }) => digest === current));
  return isOlder ? `This was written before the current plan was published. ${AGAIN}` : null;
}

const AGAIN = "Review the plan above, and write the command again in a new comment.";
