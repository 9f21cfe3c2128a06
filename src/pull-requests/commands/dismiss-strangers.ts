import { randomUUID } from "node:crypto";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { Faults } from "../review/isolate-faults.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { answerComment } from "./answer-comment.ts";
import { addHandled, type FoundCommand } from "./handled-comments.ts";
import { doubtRight } from "./run-command.ts";

/** So many new commands on a request are handled each by itself: people write fewer between two rounds. */
const MOST_COMMANDS = 20;
/** Accounts whose rights one round asks the forge for at most. */
const MOST_ASKED = 200;
/** Accounts that the audit names. */
const MOST_NAMED = 20;

const ANSWER = "Commands by accounts that may not give them were ignored.";

/** The new commands on a request. */
export interface NewCommands {
  readonly request: PullRequest;
  /** All comments that are there. */
  readonly present: readonly Comment[];
  readonly commands: readonly FoundCommand[];
}

/** What is left once the commands of accounts without the right are handled. */
export interface LeftCommands {
  readonly record: ReviewRecord;
  readonly commands: readonly FoundCommand[];
  /** For another round, which asks for the rights of their accounts. */
  readonly later: readonly FoundCommand[];
}

/**
 * Where a request has more new commands than people write, handles those of accounts that may not give them together: one answer, one entry
 * of the audit, one write. Each by itself costs calls of the forge and a write, and all other requests of the target wait for them.
 */
export async function dismissStrangers(
  round: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, present, commands }: NewCommands,
): Promise<LeftCommands> {
  if (commands.length <= MOST_COMMANDS) return { record, commands, later: [] };
  const asked = new Set<string>();
  const [kept, refused, later]: [FoundCommand[], FoundCommand[], FoundCommand[]] = [[], [], []];
  for (const given of commands) {
    const { author } = given.comment;
    const isAsked = asked.has(author) || asked.size < MOST_ASKED;
    if (isAsked) asked.add(author);
    const doubt = isAsked ? await doubtRight(round, { ...given, request }) : null;
    (isAsked ? (doubt?.isFinal === true ? refused : kept) : later).push(given);
  }
  if (refused.length === 0) return { record, commands: kept, later };
  const next = await dismiss(round, record, { request, present, commands: refused });
  // A rejection was recorded since.
  if (next === null) return { record, commands: kept, later: [...later, ...refused] };
  return { record: next, commands: kept, later };
}

/** Null: it was not recorded. */
async function dismiss(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, present, commands }: NewCommands,
): Promise<ReviewRecord | null> {
  const { forge, pass } = tools;
  const [first] = commands;
  if (first !== undefined) {
    const answered = { request, comment: first.comment, isLost: false };
    // Where nothing can be answered, as on a locked conversation, what others say counts all the same.
    await faults.isolate(() => answerComment(tools, answered, ANSWER));
  }
  const at = await pass.records.now();
  const dismissed = new Set(commands.map(({ comment }) => comment.id));
  const undecided = (record.undecided ?? []).filter(({ comment }) => !dismissed.has(comment));
  const next = { ...record, handled: addHandled(record, present, commands), undecided, updated_at: at };
  const accounts = [...new Set(commands.map(({ comment: { author } }) => author))].slice(0, MOST_NAMED);
  const details = { request: request.number, url: request.url, commands: commands.length, accounts };
  const audit = { id: randomUUID(), at, target: record.target, who: "poolkeeper", via: forge.kind };
  const isRecorded = await pass.records.writeReviewAct(next, { ...audit, action: "ignore_commands", details });
  return isRecorded ? next : null;
}
