import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment } from "../forge/forge.ts";
import type { Command } from "./read-command.ts";
import { isReportName, nameReport } from "./reported-rejections.ts";

/** A command, and the comment that it is given in. */
export interface FoundCommand {
  readonly comment: Comment;
  readonly command: Command;
  /** It is a rejection, and its comment does not say so any more. */
  readonly isLost: boolean;
}

/** A forge that was restored gives an id again, and not the time with it. */
function nameComment({ id, created_at }: Comment): string {
  return `${id} ${created_at}`;
}

/** The comments of a request that no command was read from yet. */
export function listFresh({ handled }: ReviewRecord, comments: readonly Comment[]): readonly Comment[] {
  const known = new Set(handled);
  return comments.filter((comment) => !known.has(nameComment(comment)) && !known.has(comment.id));
}

/** Names of reports that a record keeps without asking which of them are still on record. */
const MOST_REPORTS = 5_000;

/**
 * What a record keeps of the names of reports that were handled. A forge can report without end, and the store drops reports for which there is no
 * room: of those only the newest names stay, in case a report comes late. What is on record is never handled a second time.
 */
export async function forgetReports(
  handled: readonly string[],
  readReported: () => Promise<readonly Pick<ReportedComment, "comment">[]>,
): Promise<readonly string[]> {
  const names = handled.filter(isReportName);
  if (names.length <= MOST_REPORTS) return handled;
  const kept = new Set(names.slice(-MOST_REPORTS / 2));
  for (const { comment } of await readReported()) kept.add(nameReport(comment));
  return handled.filter((name) => !isReportName(name) || kept.has(name));
}

/** What a record has as handled once these commands are, of the comments that are `present`: a command never runs twice. */
export function addHandled(
  { handled }: ReviewRecord,
  present: readonly Comment[],
  done: readonly FoundCommand[],
): readonly string[] {
  const names = new Set(present.flatMap((comment) => [comment.id, nameComment(comment)]));
  const added = done.flatMap(({ comment, command, isLost }) => [
    ...(isLost ? [] : [nameComment(comment)]),
    ...(command.name === "reject" ? [nameReport(comment.id)] : []),
  ]);
  return [...handled.filter((id) => names.has(id) || isReportName(id)), ...added];
}
