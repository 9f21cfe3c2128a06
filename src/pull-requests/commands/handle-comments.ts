import { randomUUID } from "node:crypto";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { escapeMarkdown } from "../../report/text/markdown.ts";
import { endedEarly } from "../../systems/http/until-aborted.ts";
import type { Comment, Forge, PullRequest, Reaction } from "../forge/forge.ts";
import type { Faults } from "../review/isolate-faults.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { isSameLogin } from "../review/spell-login.ts";
import { answerComment } from "./answer-comment.ts";
import { dismissStrangers } from "./dismiss-strangers.ts";
import { addHandled, type FoundCommand, forgetReports, listFresh } from "./handled-comments.ts";
import { noteRefusal, noteRight } from "./note-refusal.ts";
import { isRejection, noteRejections, readOthers } from "./note-rejections.ts";
import { type CommandComment, proveText } from "./prove-text.ts";
import { isDecision, readCommand } from "./read-command.ts";
import { listLost } from "./reported-rejections.ts";
import { doubtRight, type GivenCommand, isOf, runCommand } from "./run-command.ts";

/** What a round over comments needs. */
export interface CommentTools {
  readonly tools: ReviewTools;
  readonly faults: Faults;
}

/** What came of a request's comments. */
export interface HandledComments {
  readonly record: ReviewRecord;
  /** Whether all of them were handled. */
  readonly finished: boolean;
  /** Whether one that was not handled may be a rejection. */
  readonly undecided: boolean;
}

/**
 * Handles the new comments, oldest first: runs their commands, answers by a reaction, and in words where something is refused. Each is
 * recorded with its audit entry after it was answered: all of it is idempotent. A failure at one comment does not keep the others from being
 * handled; `finished` is false then.
 */
export async function handleComments(
  { tools: given, faults }: CommentTools,
  before: ReviewRecord,
  {
    request,
    comments: present,
    reported,
  }: { readonly request: PullRequest; readonly comments: readonly Comment[]; readonly reported: readonly Comment[] },
): Promise<HandledComments> {
  const tools = { ...given, forge: rememberRights(given.forge) };
  const { place, number } = before;
  const handled = await forgetReports(before.handled, () => tools.pass.records.readReported(place, number));
  const found = { ...before, handled };
  const self = await faults.isolate(() => tools.forge.readSelf());
  // The daemon's own comments are no commands, even where they quote some.
  const isForeign = ({ author }: Comment) => author !== self;
  const lost = listCommands(listLost(found, reported, present).filter(isForeign), true);
  const fresh = listCommands(listFresh(found, present).filter(isForeign), false);
  const all = { request, present, commands: [...lost, ...fresh] };
  const { record, commands, later } = await dismissStrangers({ tools, faults }, found, all);
  const isReported = ({ id, author }: Comment) =>
    reported.some((one) => one.id === id && isSameLogin(one.author, author));
  let current = await noteRejections(tools, record, { commands, later });
  let [finished, undecided] = [later.length === 0, later.some(isRejection)];
  for (const one of commands) {
    const isTold = isRejection(one) && (one.isLost || isReported(one.comment));
    const next = await faults.isolate(() =>
      handleComment({ tools, faults }, current, { ...one, request, present, isTold }),
    );
    const isDone = next !== null && !isOpen(next, one.comment);
    if (!isDone) finished = false;
    if (!isDone && isRejection(one)) undecided = true;
    if (next !== null) current = next;
  }
  return { record: current, finished, undecided };
}

function listCommands(comments: readonly Comment[], isLost: boolean): readonly FoundCommand[] {
  return comments.flatMap((comment) => {
    const command = readCommand(comment.body);
    return command === null ? [] : [{ comment, command, isLost }];
  });
}

/** Asks for the rights of an account once in a round. */
function rememberRights(forge: Forge): Forge {
  const rights = new Map<string, ReturnType<Forge["readPermission"]>>();
  const readPermission = (login: string) => {
    const known = rights.get(login) ?? forge.readPermission(login);
    rights.set(login, known);
    return known;
  };
  return { ...forge, readPermission };
}

/** Whether a comment waits to be judged. */
function isOpen({ awaited, undecided = [] }: ReviewRecord, comment: Comment): boolean {
  return awaited?.[comment.id] !== undefined || undecided.some((one) => isOf(one, comment));
}

async function handleComment(
  { tools, faults }: CommentTools,
  record: ReviewRecord,
  given: Omit<GivenCommand, "others" | "proof"> & GivenComment,
): Promise<ReviewRecord> {
  const { forge, pass } = tools;
  const { command, comment, request, present, isLost, isTold } = given;
  // The daemon's own comments are no commands, even where they quote some.
  if (comment.author === (await forge.readSelf())) return record;
  const { number } = request;
  // First: an account without the right costs nothing more than that question.
  const doubt = command.name === "help" ? null : await doubtRight({ tools, faults }, given);
  const isRefused = doubt?.isFinal === true;
  if (command.name === "help" || doubt?.isStranger === true)
    noteRefusal(tools.spending.refusals, command, comment.author);
  else if (doubt === null) noteRight(tools.spending.refusals, command, comment.author);
  // A rejection counts as it was reported, though its comment was edited or deleted since.
  const isTaken = isTold || isRefused;
  const proof = isTaken ? "proven" : await prove({ tools, faults }, record, { number, command, comment });
  const react = (reaction: Reaction) =>
    forge.react(request.number, comment.id, reaction).catch((error: unknown) => {
      // Where the forge takes no reaction, as on a locked conversation, the command counts all the same.
      if (!(error instanceof OperationalError)) throw error;
      if (isLost && error.code === "forge_missing") return;
      if (error.code !== "forge_refused") throw error;
      faults.note(error);
    });
  // A no comes first: it is on record before anything else is asked of the forge.
  if (command.name !== "reject" && proof !== "awaited" && !isRefused) await react("seen");
  const others = await readOthers(tools, record);
  const result = await runCommand({ tools, faults }, record, { command, comment, request, others, proof });
  if (result.kind === "undecided") {
    const isKept = proof !== "awaited" && command.name === "reject";
    return isKept ? record : waitFor(tools, record, comment);
  }
  const decision = result.kind === "done" ? (result.decision ?? null) : null;
  // Nothing is decided under a configuration that was replaced: the comment is read again under the new one.
  if (tools.signal.aborted) throw endedEarly();
  if (decision?.kind === "reject") {
    await pass.records.addRejection(decision, null);
    await react("seen");
  }
  const { answer = null } = result;
  const isMeant = result.kind === "done" || answer !== null;
  if (answer !== null) await answerComment(tools, { request, comment, present, isLost: false }, answer);
  if (isLost && result.kind === "done") {
    await answerComment(tools, { request, comment, present, isLost }, explainLost(comment));
  }
  if (isMeant) await react(result.kind === "refused" ? "refused" : "done");
  // All that could be met again are remembered: a command never runs twice.
  const handled = addHandled(record, present, [given]);
  const kept = ("record" in result ? result.record : undefined) ?? record;
  const { [comment.id]: _told, ...awaited } = kept.awaited ?? {};
  const undecided = (kept.undecided ?? []).filter((one) => !isOf(one, comment));
  const next = { ...kept, handled, awaited, undecided, updated_at: await pass.records.now() };
  const outcome = result.kind === "refused" ? { refused: result.answer } : {};
  const named = command.digest === "" ? {} : { digest: command.digest };
  const why = decision?.reason === undefined ? {} : { reason: decision.reason };
  const details = { request: request.number, url: request.url, ...named, ...why, ...outcome };
  const { target, updated_at: at } = next;
  const audit = { id: randomUUID(), at, target, who: comment.author, via: forge.kind, action: command.name, details };
  const isRecorded = await pass.records.writeReviewAct(next, audit, decision);
  // A rejection was recorded since this was judged.
  if (!isRecorded) return handleComment({ tools, faults }, record, given);
  // What runs of it is stopped.
  if (decision?.kind === "reject" && decision.revision !== null) await tools.acts.wake(target, "approval");
  return next;
}

/** Of one comment. */
interface GivenComment {
  /** The comments that are there. */
  readonly present: readonly Comment[];
  /** It is a rejection, and its comment does not say so any more. */
  readonly isLost: boolean;
  /** It is a rejection as the forge reported it when it was written, or as it was read before. */
  readonly isTold: boolean;
}

/** Markdown. */
function explainLost({ author }: Comment): string {
  return `The rejection by ${escapeMarkdown(author)} stands as written, although its comment was deleted or edited. To revoke it, approve.`;
}

/** Commands that decide nothing need no proof. */
async function prove(
  { tools, faults }: CommentTools,
  record: ReviewRecord,
  given: CommandComment,
): Promise<GivenCommand["proof"]> {
  if (!isDecision(given.command)) return "proven";
  try {
    return (await proveText({ ...tools, records: tools.pass.records }, record, given)).kind;
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "forge_refused") throw error;
    faults.note(error);
    return "unjudged";
  }
}

/** Writes down since when a comment waits to be proven, or until an approval can be judged. */
async function waitFor(
  { pass: { records } }: ReviewTools,
  record: ReviewRecord,
  { id }: Comment,
): Promise<ReviewRecord> {
  if (record.awaited?.[id] !== undefined) return record;
  const at = await records.now();
  const next = { ...record, awaited: { ...record.awaited, [id]: at }, updated_at: at };
  await records.writeReview(next, null);
  return next;
}
