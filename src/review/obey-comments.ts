import { randomUUID } from "node:crypto";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import { runInTurn } from "../source/run-in-turn.ts";
import { obeyCommand } from "./obey-command.ts";
import { readCommand } from "./read-command.ts";
import type { ReviewTools } from "./review-tools.ts";

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
  const present = new Set(comments.map(({ id }) => id));
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
    if (obeyed.kind !== "done" && obeyed.answer !== null) await answer(tools, { request, comment }, obeyed.answer);
    if (isMeant) await forge.react(request.number, comment.id, obeyed.kind === "refused" ? "refused" : "done");
    // All that could be met again are remembered: what was carried out is never carried out again.
    const handled = [...current.handled.filter((id) => present.has(id)), comment.id];
    current = { ...(obeyed.kind === "done" ? obeyed.record : current), handled, updated_at: await pass.records.now() };
    const outcome = obeyed.kind === "refused" ? { refused: obeyed.answer } : {};
    const named = command.digest === "" ? {} : { digest: command.digest };
    const details = { request: request.number, url: request.url, ...named, ...outcome };
    const { target, updated_at: at } = current;
    const audit = { id: randomUUID(), at, target, who: comment.author, via: forge.kind, action: command.name, details };
    await pass.records.writeReviewAct(current, audit);
  }
  return current;
}

/**
 * Once for each comment, whichever target answers first, and the same words once on a request: who repeats a question finds the answer
 * there, and nobody makes the daemon fill the page.
 */
function answer(
  { forge }: ReviewTools,
  { request: { number }, comment }: { readonly request: PullRequest; readonly comment: Comment },
  text: string,
): Promise<void> {
  const marker = `<!-- poolkeeper-answer:${comment.id} -->`;
  return runInTurn(`answers on ${forge.place} ${number}`, async () => {
    const self = await forge.readSelf();
    const own = (await forge.listComments(number)).filter(({ author }) => author === self);
    if (own.some(({ body }) => body.startsWith(marker) || isAnswer(body, text))) return;
    await forge.createComment(number, `${marker}\n${text}`);
  });
}

/** Forges change the ends of lines and of texts. */
function isAnswer(body: string, text: string): boolean {
  const [first = "", ...lines] = body.split(/\r?\n/);
  return first.startsWith("<!-- poolkeeper-answer:") && lines.join("\n").trim() === text.trim();
}
