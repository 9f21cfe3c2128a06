import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";

/** Whether a comment was reported since its request's comments were read. */
export function isUnread({ read }: Pick<ReviewRecord, "read">, { at }: Pick<ReportedComment, "at">): boolean {
  return at >= (read?.at ?? "");
}
