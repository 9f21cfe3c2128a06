import { runInTurn } from "../../reconcile/source/run-in-turn.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/** The comment to answer. */
export interface GivenAnswer {
  readonly request: PullRequest;
  readonly comment: Comment;
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
  { request: { number }, comment, isLost }: GivenAnswer,
  text: string,
): Promise<void> {
  const marker = `<!-- poolkeeper-answer:${comment.id} -->`;
  const lost = `<!-- poolkeeper-answer:${comment.id} lost -->`;
  const isAnswered = (body: string) => body.startsWith(lost) || (!isLost && body.startsWith(marker));
  return runInTurn(`answers on ${forge.place} ${number}`, async () => {
    const self = await forge.readSelf();
    const own = (await forge.listComments(number)).filter(({ author }) => author === self);
    if (own.some(({ body }) => isAnswered(body) || isAnswer(body, text))) return;
    await forge.createComment(number, `${isLost ? lost : marker}\n${text}`);
  });
}

/** Forges change the ends of lines and of texts. */
function isAnswer(body: string, text: string): boolean {
  const [first = "", ...lines] = body.split(/\r?\n/);
  return first.startsWith("<!-- poolkeeper-answer:") && lines.join("\n").trim() === text.trim();
}
