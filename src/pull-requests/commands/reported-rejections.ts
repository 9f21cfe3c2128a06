import type { DaemonRecords } from "../../model/daemon/daemon-records.ts";
import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { readCommand } from "./read-command.ts";

/** The rejections on a request that a webhook reported and that were not handled yet, whether or not their comments still exist. */
export async function readReportedRejections(
  records: Pick<DaemonRecords, "readReported">,
  { place, handled }: Pick<ReviewRecord, "place" | "handled">,
  { number, opened }: PullRequest,
): Promise<readonly Comment[]> {
  const reported = await records.readReported(place, number);
  const known = new Set(handled);
  return reported.flatMap((one): readonly Comment[] => {
    const { comment: id, by: author, said: body, written: created_at } = one;
    const isOpen = isRejection(body) && !known.has(nameReport(id));
    // Reports from before the request was opened were about another one, which had its number before the forge was restored.
    return isOpen && toSecond(created_at) >= toSecond(opened) ? [{ id, author, body, created_at }] : [];
  });
}

/**
 * Rejections whose comments no longer say so: deleted, or edited into something else. The right to delete and edit foreign comments revokes
 * no rejection: it counts as it was reported, or as it was read while it was unknown whether it counts.
 */
export function listLost(
  { undecided = [] }: Pick<ReviewRecord, "undecided">,
  reported: readonly Comment[],
  comments: readonly Comment[],
): readonly Comment[] {
  const isThere = ({ id, author }: Comment) =>
    comments.some((one) => one.id === id && isSameLogin(one.author, author) && isRejection(one.body));
  const read = undecided.map(({ comment, by, written, at, asked = "" }): Comment => {
    return { id: comment, author: by, body: `poolkeeper reject ${asked}`.trim(), created_at: written ?? at };
  });
  const known = new Set(read.map(({ id }) => id));
  return [...read, ...reported.filter(({ id }) => !known.has(id))].filter((one) => !isThere(one));
}

/** What was reported of this very comment. Forges write one time in several ways, some to the second. */
export function isReportOf({ comment, written }: ReportedComment, { id, created_at }: Comment): boolean {
  return comment === id && toSecond(written) === toSecond(created_at);
}

/** The id under which a reported rejection counts as handled: its comment may say something else, which is handled separately. */
export function nameReport(comment: string): string {
  return `${REPORTED} ${comment}`;
}

/** Whether an id is of a reported rejection: it is remembered though its comment is gone. */
export function isReportName(handled: string): boolean {
  return handled.startsWith(`${REPORTED} `);
}

const REPORTED = "told";

function isRejection(body: string): boolean {
  return readCommand(body)?.name === "reject";
}

/** Forges write the time of one comment in several ways, some to the second. */
export function toSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
