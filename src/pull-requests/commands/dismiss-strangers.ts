import { randomUUID } from "node:crypto";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { Comment, PullRequest } from "../forge/forge.ts";
import type { Faults } from "../review/isolate-faults.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { answerComment } from "./answer-comment.ts";
import { addHandled, type FoundCommand } from "./handled-comments.ts";
import { isSpent } from "./note-refusal.ts";
import { isRejection, noteRejections } from "./note-rejections.ts";
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
 * of the audit, one write. Each by itself costs calls of the forge and a write, and all other requests of the target wait for them. The same
 * for accounts that had several refused within the hour, without an answer.
 */
export async function dismissStrangers(
  round: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, present, commands }: NewCommands,
): Promise<LeftCommands> {
  const { refusals } = round.tools.spending;
  const isCrowd = commands.length > MOST_COMMANDS;
  const asked = isCrowd
    ? commands
    : commands.filter(({ command, comment: { author } }) => isSpent(refusals, command, author));
  if (asked.length === 0) return { record, commands, later: [] };
  const { current, refused, later } = await askForRights(round, record, { request, commands, asked });
  const left = (gone: readonly FoundCommand[]) => commands.filter((one) => !gone.includes(one));
  if (refused.length === 0) return { record: current, commands: left(later), later };
  const answer = isCrowd ? ANSWER : null;
  const next = await dismiss(round, current, { request, present, commands: refused, answer });
  // A rejection was recorded since.
  if (next === null) return { record: current, commands: left([...later, ...refused]), later: [...later, ...refused] };
  return { record: next, commands: left([...later, ...refused]), later };
}

/**
 * Asks for the rights of one account after the other, first of approvers and of those that have decided something of the target before. A rejection by one that
 * may give it is on record before the next one is asked for.
 */
async function askForRights(
  round: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, commands, asked }: Pick<NewCommands, "request" | "commands"> & { readonly asked: readonly FoundCommand[] },
) {
  const { tools } = round;
  const byAccount = Map.groupBy(asked, ({ comment: { author } }) => author);
  const { records, config } = tools.pass;
  const decided = (await records.readDecisions(record.target)).map(({ by }) => by);
  const deciders = new Set([...config.policy.approval.approvers, ...decided].map((name) => name.toLowerCase()));
  const isKnown = (account: string) => deciders.has(account.toLowerCase());
  const accounts = [...byAccount.keys()];
  const inTurn = [...accounts.filter(isKnown), ...accounts.filter((account) => !isKnown(account))];
  const [kept, refused] = [new Set<FoundCommand>(), new Set<FoundCommand>()];
  let current = record;
  for (const account of inTurn.slice(0, MOST_ASKED)) {
    const own = byAccount.get(account) ?? [];
    for (const given of own) {
      const doubt = await doubtRight(round, { ...given, request });
      (doubt?.isFinal === true ? refused : kept).add(given);
    }
    const no = own.find((given) => kept.has(given) && isRejection(given));
    if (no === undefined) continue;
    current = await noteRejections(tools, current, { commands: [no], later: commands.filter((one) => one !== no) });
  }
  const isLater = (given: FoundCommand) => !kept.has(given) && !refused.has(given);
  return { current, refused: asked.filter((given) => refused.has(given)), later: asked.filter(isLater) };
}

/** Null: it was not recorded. */
async function dismiss(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, present, commands, answer }: NewCommands & { readonly answer: string | null },
): Promise<ReviewRecord | null> {
  const { forge, pass } = tools;
  const [first] = commands;
  if (first !== undefined && answer !== null) {
    const answered = { request, comment: first.comment, present, isLost: false };
    // Where nothing can be answered, as on a locked conversation, what others say counts all the same.
    await faults.isolate(() => answerComment(tools, answered, answer));
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
