import { runInTurn } from "../../reconcile/source/run-in-turn.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/** Characters that the line before an answer may have. */
const MARKER_ROOM = 1_000;

/** The comment to answer. */
export interface GivenAnswer {
  readonly request: PullRequest;
  readonly comment: Comment;
  /** The comments of the request as they were read in this round: what is answered there needs no call. */
  readonly present: readonly Comment[];
  /** It is a rejection, and its comment does not say so any more. */
  readonly isLost: boolean;
}

/**
 * Answers a comment, in Markdown. Once for each comment, by the first target that answers, and the same words once on a request: a repeated
 * question is answered there already, and no user can make the daemon fill the page. A lost rejection that counts is reported even where the
 * comment's current text was answered before.
 */
export function answerComment(
  { forge }: Pick<ReviewTools, "forge">,
  { request: { number }, comment, present, isLost }: GivenAnswer,
  text: string,
): Promise<void> {
  const marker = `<!-- poolkeeper-answer:${comment.id} -->`;
  const lost = `<!-- poolkeeper-answer:${comment.id} lost -->`;
  const isAnswered = (body: string) => body.startsWith(lost) || (!isLost && body.startsWith(marker));
  return runInTurn(`answers on ${forge.place} ${number}`, async () => {
    const self = await forge.readSelf();
    const isThere = ({ author, body }: Comment) => author === self && (isAnswered(body) || isAnswer(body, text));
    if (present.some(isThere) || (await forge.listComments(number)).some(isThere)) return;
    await forge.createComment(number, `${isLost ? lost : marker}\n${text}`);
  });
}

/** Forges change the ends of lines and of texts. What is longer than that makes it is another one, and is not looked at. */
function isAnswer(body: string, text: string): boolean {
  if (body.length > 2 * text.length + MARKER_ROOM) return false;
  const [first = "", ...lines] = body.split(/\r?\n/);
  return first.startsWith("<!-- poolkeeper-answer:") && lines.join("\n").trim() === text.trim();
}
