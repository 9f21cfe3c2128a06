import { randomUUID } from "node:crypto";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { obeyCommand } from "./obey-command.ts";
import { readCommand } from "./read-command.ts";
import type { ReviewTools } from "./review-tools.ts";

/** Comments that are remembered as heeded; those before them are older than any that could come again. */
const REMEMBERED = 500;

/**
 * Heeds the comments that were not heeded yet, oldest first: carries out their commands, answers by a reaction, and in words where
 * something is refused. Each is written down with its audit entry after it was answered: whatever is done twice comes to the same.
 */
export async function obeyComments(
  tools: ReviewTools,
  record: ReviewRecord,
  { request, comments }: { readonly request: PullRequest; readonly comments: readonly Comment[] },
): Promise<ReviewRecord> {
  const { forge, pass } = tools;
  const heeded = new Set(record.handled);
  let current = record;
  for (const comment of comments) {
    const command = heeded.has(comment.id) ? null : readCommand(comment.body);
    if (command === null) continue;
    // What the daemon writes is no command, whatever it quotes.
    if (comment.author === (await forge.readSelf())) continue;
    await forge.react(request.number, comment.id, "seen");
    const all = await pass.records.readReviewsAt(current.place);
    const others = all.filter(({ number, target }) => number === current.number && target !== current.target);
    const obeyed = await obeyCommand(tools, current, { command, comment, request, others });
    const isMeant = obeyed.kind === "done" || obeyed.answer !== null;
    if (obeyed.kind !== "done" && obeyed.answer !== null)
      await answer(tools, { request, comments, comment }, obeyed.answer);
    if (isMeant) await forge.react(request.number, comment.id, obeyed.kind === "refused" ? "refused" : "done");
    const handled = [...current.handled, comment.id].slice(-REMEMBERED);
    current = { ...(obeyed.kind === "done" ? obeyed.record : current), handled, updated_at: await pass.records.now() };
    const outcome = obeyed.kind === "refused" ? { refused: obeyed.answer } : {};
    const details = { request: request.number, url: request.url, digest: command.digest, ...outcome };
    const { target, updated_at: at } = current;
    const audit = { id: randomUUID(), at, target, who: comment.author, via: forge.kind, action: command.name, details };
    await pass.records.writeReviewAct(current, audit);
  }
  return current;
}

/** Once for each comment, whichever target answers first. */
async function answer(
  { forge }: ReviewTools,
  {
    request,
    comments,
    comment,
  }: { readonly request: PullRequest; readonly comments: readonly Comment[]; readonly comment: Comment },
  text: string,
): Promise<void> {
  const marker = `<!-- poolkeeper-answer:${comment.id} -->`;
  const self = await forge.readSelf();
  if (comments.some(({ author, body }) => author === self && body.startsWith(marker))) return;
  await forge.createComment(request.number, `${marker}\n${text}`);
}
