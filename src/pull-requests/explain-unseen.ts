import type { ReviewRecord } from "../model/review-record.ts";
import type { Comment } from "./forge/forge.ts";

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
