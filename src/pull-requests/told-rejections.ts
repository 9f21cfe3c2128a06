import type { DaemonRecords } from "../model/daemon-records.ts";
import type { ReportedComment } from "../model/reported-comment.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import type { Comment, PullRequest } from "./forge/forge.ts";
import { readCommand } from "./read-command.ts";
import { isSameLogin } from "./spell-login.ts";

/** The rejections on a request of which a webhook told and that were not handled yet, whatever became of their comments. */
export async function readToldRejections(
  records: Pick<DaemonRecords, "readReported">,
  { place, handled }: Pick<ReviewRecord, "place" | "handled">,
  { number, opened }: PullRequest,
): Promise<readonly Comment[]> {
  const told = await records.readReported(place, number);
  return told.flatMap((one): readonly Comment[] => {
    const { comment: id, by: author, said: body, written: created_at } = one;
    const isOpen = isRejection(body) && !handled.includes(nameTold(id));
    // What was told before the request was opened was about another one, which had its number before the forge was restored.
    return isOpen && toSecond(created_at) >= toSecond(opened) ? [{ id, author, body, created_at }] : [];
  });
}

/**
 * Rejections whose comments do not say so any more: deleted, or edited into something else. Who may delete and edit the comments of others takes no
 * rejection back: it counts as it was told, or as it was read while nothing said whether it counts.
 */
export function listLost(
  { undecided = [] }: Pick<ReviewRecord, "undecided">,
  told: readonly Comment[],
  comments: readonly Comment[],
): readonly Comment[] {
  const isThere = ({ id, author }: Comment) =>
    comments.some((one) => one.id === id && isSameLogin(one.author, author) && isRejection(one.body));
  const read = undecided.map(({ comment, by, written, at, asked = "" }): Comment => {
    return { id: comment, author: by, body: `poolkeeper reject ${asked}`.trim(), created_at: written ?? at };
  });
  const known = new Set(read.map(({ id }) => id));
  return [...read, ...told.filter(({ id }) => !known.has(id))].filter((one) => !isThere(one));
}

/** What was told of this very comment. Forges write one time in several ways, some to the second. */
export function isToldOf({ comment, written }: ReportedComment, { id, created_at }: Comment): boolean {
  return comment === id && toSecond(written) === toSecond(created_at);
}

/** By what a rejection that was told counts as handled: its comment may say something else, which is handled on its own. */
export function nameTold(comment: string): string {
  return `${TOLD} ${comment}`;
}

/** Whether something handled is a rejection that was told: it is remembered though its comment is gone. */
export function isToldName(handled: string): boolean {
  return handled.startsWith(`${TOLD} `);
}

const TOLD = "told";

function isRejection(body: string): boolean {
  return readCommand(body)?.name === "reject";
}

/** Forges write the time of one comment in several ways, some to the second. */
export function toSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
