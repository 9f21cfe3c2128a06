import type { Actor } from "../model/daemon-service.ts";
import type { NotedDecision } from "../model/decision.ts";
import { NOT_LOOKED_AT } from "../model/foresight.ts";
import { nameRequest } from "../model/name-request.ts";
import type { ReviewRecord, UndecidedNo } from "../model/review-record.ts";
import { DIGEST_DIGITS, explainBadDigest, showDigest } from "../model/show-digest.ts";
import { listEffects } from "../plan/list-effects.ts";
import { nameDecision } from "../plan/policy/draft-rejections.ts";
import { findNewestRejection } from "../plan/policy/judge-decisions.ts";
import { findHere } from "../reconcile/pass/find-here.ts";
import { findRejections } from "../reconcile/pass/find-rejections.ts";
import { formatMoment } from "../report/format-moment.ts";
import { cleanLine, escapeMarkdown } from "../report/markdown.ts";
import { dateOnForge, endOfApproval, readClocks } from "./date-on-forge.ts";
import { explainUnseen } from "./explain-unseen.ts";
import { findRejected, type GivenRejection, waitingDigest } from "./find-rejected.ts";
import type { Comment, PullRequest } from "./forge/forge.ts";
import type { Faults } from "./isolate-faults.ts";
import { mayWrite } from "./may-write.ts";
import type { TextProof } from "./prove-text.ts";
import { COMMAND_NAMES, type Command, isDecision } from "./read-command.ts";
import { explainRefusal, type ReviewTools } from "./review-tools.ts";
import { isSameLogin, spellLogin } from "./spell-login.ts";
import { toSecond } from "./told-rejections.ts";

/** A command, who gave it, and on which request. */
export interface GivenCommand {
  readonly command: Command;
  readonly comment: Comment;
  readonly request: PullRequest;
  /** Whether a command that decides is its author's; `unjudged`: the forge refused to say. */
  readonly proof: TextProof["kind"] | "unjudged";
  /** The request as other targets of the repository remember it. */
  readonly others: readonly ReviewRecord[];
}

/** What came of a command. */
export type Obeyed =
  /** `decision`: what was decided, to be recorded with it; left out: nothing, or it is on record. */
  | { readonly kind: "done"; readonly record: ReviewRecord; readonly decision?: NotedDecision }
  /** What to answer; null: it is meant for another target. */
  | { readonly kind: "refused"; readonly answer: string | null }
  | { readonly kind: "answered"; readonly answer: string }
  /** Nothing tells for now whether it counts: it is looked at again. */
  | { readonly kind: "undecided" };

/**
 * Carries out what a comment asks for, as far as its author may. Idempotent. The record is given back and not written. Where the forge
 * does not tell what the author may do, or whether these are their words, the command is refused with that reason, and the forge's error is
 * kept. A rejection is never refused for what is not known: it stays undecided.
 */
export async function obeyCommand(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  given: GivenCommand,
): Promise<Obeyed> {
  const { command, comment } = given;
  if (command.name === "help") return { kind: "answered", answer: HELP };
  const doubt = await findDoubt({ tools, faults }, given);
  if (doubt !== null) return doubt;
  const name = spellLogin(comment.author, tools.pass.config.policy.approval.approvers);
  const actor: Actor = { name, role: "approve", via: tools.forge.kind };
  switch (command.name) {
    case "plan":
      return { kind: "done", record: { ...record, asked: true, said: "" } };
    case "approve":
      return approve(tools, record, given, actor);
    case "reject":
      return reject(tools, record, given, actor);
    case "apply":
      if (record.merged === null) return refused("Merging it applies it: nothing is applied from a branch.");
      return after(await tools.acts.reconcile(record.target, { revision: null }, actor), record);
    case "unlock":
      if (record.merged === null) return refused("It holds nothing up: only what is merged and not applied yet does.");
      return { kind: "done", record: { ...record, unlocked: true } };
  }
}

/** Why a command is not carried out. `isFinal`: asking again gives no other answer. */
interface Doubt {
  readonly answer: string;
  readonly isFinal: boolean;
}

/** What comes of a command that is not carried out; null: it is. */
async function findDoubt(
  round: { readonly tools: ReviewTools; readonly faults: Faults },
  given: GivenCommand,
): Promise<Obeyed | null> {
  const { command, proof } = given;
  if (command.name === "reject") {
    const doubts = [await doubtRight(round, given), doubtWords(given)].filter((doubt) => doubt !== null);
    const final = doubts.find(({ isFinal }) => isFinal);
    if (final !== undefined) return refused(final.answer);
    return doubts.length > 0 ? { kind: "undecided" } : null;
  }
  if (proof === "awaited") return { kind: "undecided" };
  const doubt = doubtWords(given) ?? (await doubtRight(round, given));
  return doubt === null ? null : refused(doubt.answer);
}

/** Why the words may not be the author's; null: they are. What can never be proven is refused to an approval alone. */
function doubtWords({ command: { name }, proof }: GivenCommand): Doubt | null {
  switch (proof) {
    case "proven":
      return null;
    case "edited":
      // Others than its author may edit a comment.
      return { answer: `Write \`poolkeeper ${name}\` in a new comment: this one was edited.`, isFinal: true };
    case "awaited":
      return { answer: "", isFinal: false };
    case "unjudged":
      return {
        answer:
          "This can't be judged: the forge does not say whether this comment was edited. The log of the daemon says why; comment again once that is mended.",
        isFinal: false,
      };
    case "unproven":
      if (name === "reject") return null;
      return {
        answer: `Nothing proves that this comment says what its author wrote: this forge tells times in whole seconds, and no webhook told of the comment. Write \`poolkeeper ${name}\` again once the webhook of the target delivers comments, or decide on the daemon's page. \`pull_requests.unverified_comments: accept\` takes such comments.`,
        isFinal: true,
      };
  }
}

/** Why the comment's author may not have what it asks for; null: they may. */
async function doubtRight(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  { command, comment, request }: GivenCommand,
): Promise<Doubt | null> {
  const { forge, config, pass } = tools;
  const final = (answer: string) => ({ answer, isFinal: true });
  const listed = isDecision(command) ? pass.config.policy.approval.approvers : config.operators;
  const isListed = listed.length === 0 || listed.some((name) => isSameLogin(name, comment.author));
  const who = escapeMarkdown(comment.author);
  if (!isListed) return final(`${who} is none of those who may ${command.name} for ${pass.config.name}.`);
  const permission = await faults.isolate(() => forge.readPermission(comment.author));
  if (permission === null) {
    return {
      answer: `This can't be judged: the forge does not tell what ${who} may do in this repository. The log of the daemon says why; comment again once that is mended.`,
      isFinal: false,
    };
  }
  if (command.name === "plan" && request.head.fork && !config.forks) {
    return final(
      "Requests from forks are not planned here. Somebody who may write to this repository can push its commits to a branch of it, or `pull_requests.forks` in the daemon's configuration can let them be planned.",
    );
  }
  if (!mayWrite(permission)) {
    return final(`${who} may not write to this repository, so not ${command.name} either.`);
  }
  const isOwn = isSameLogin(request.author, comment.author);
  if (command.name === "approve" && isOwn && !config.self_approval) {
    return final("Whoever opened a request does not approve it here: ask somebody else.");
  }
  return null;
}

/** A no is one to what it names or was shown, and to the request: see {@link findRejected}. That of another target's plan is not meant. */
async function reject(
  tools: ReviewTools,
  record: ReviewRecord,
  { command, request, others, comment }: GivenCommand,
  { name: by, via }: Actor,
): Promise<Obeyed> {
  const { digest, reason } = command;
  const named = await findRejected(tools, record, { digest, created_at: comment.created_at, others });
  if (named.kind === "other") return { kind: "refused", answer: null };
  if (named.kind === "unknown") return refused(explainUnknown(record, digest));
  if (record.outcome?.kind === "applied") {
    return refused("It is applied already, so that a rejection stops nothing. To undo it, revert it.");
  }
  const { records } = tools.pass;
  const { target } = record;
  const merged = request.state === "merged" ? await findMergedRevision(tools, record, request) : null;
  // What it names is known at any time; what stood when it was written was known best when it was read first.
  const first = digest === "" ? record.undecided?.find((one) => isOf(one, comment)) : undefined;
  const { head, digest: of, effects } = first ?? named;
  const decision: NotedDecision = {
    ...{ target, id: nameDecision(record, comment), kind: "reject", request: nameRequest(record) },
    ...{ head, digest: of },
    ...{ revision: merged, by, via, at: await records.now(), effects },
    lifts: [],
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
  };
  return { kind: "done", record, decision };
}

function explainUnknown({ target }: ReviewRecord, digest: string): string {
  return `No plan ${showDigest(digest)} is known of this request for ${target}, so that nothing was rejected. To reject what the request brings, comment \`poolkeeper reject\`; a plan of what is merged is rejected on the daemon's page.`;
}

/** A rejection as it is read first: what is pushed before it can be judged makes it one of nothing else. */
export async function noteNo(
  tools: ReviewTools,
  record: ReviewRecord,
  { id, author, created_at }: Comment,
  given: Pick<GivenRejection, "digest" | "others">,
): Promise<UndecidedNo> {
  const found = await findRejected(tools, record, { ...given, created_at });
  const { head, digest, effects } = found.kind === "shown" ? found : { head: record.head, digest: null, effects: [] };
  const asked = given.digest === "" ? {} : { asked: given.digest };
  const at = await tools.pass.records.now();
  return { comment: id, written: created_at, by: author, at, ...asked, head, digest, effects };
}

/** Whether a rejection was read in this very comment. */
export function isOf({ comment, written }: UndecidedNo, { id, created_at }: Comment): boolean {
  return comment === id && (written === undefined || toSecond(written) === toSecond(created_at));
}

/** What of the branch a merged request is; a forge that does not say what the branch got has it in what was looked at last. */
async function findMergedRevision(
  { pass: { records, config } }: ReviewTools,
  { target, merged, head }: ReviewRecord,
  request: PullRequest,
): Promise<string> {
  const known = merged?.commit ?? request.merged?.commit;
  return known ?? findHere(await records.readState(target), config)?.last_pass?.revision ?? head;
}

async function approve(
  tools: ReviewTools,
  record: ReviewRecord,
  { command: { digest: asked }, comment, others }: GivenCommand,
  actor: Actor,
): Promise<Obeyed> {
  const { created_at } = comment;
  const fault = explainBadDigest(asked);
  if (fault !== null) return refused(`Name the plan: \`poolkeeper approve DIGEST\`. ${fault}`);
  const current = waitingDigest(record);
  if (current === null || !current.startsWith(asked)) {
    if (others.some((other) => waitingDigest(other)?.startsWith(asked) === true))
      return { kind: "refused", answer: null };
    return refused(explainOther(record, { asked, current }));
  }
  const unseen = explainUnseen(record, comment, { asked, current });
  if (unseen !== null) return refused(unseen);
  const given = await dateApproval(tools, created_at);
  if (given.kind === "refused") return given;
  const { target, head } = record;
  const knows = findNewestRejection(await tools.pass.records.readDecisions(target));
  // Whoever approves has to have seen who rejected what, or that nobody did.
  if (knows > (record.published?.at(-1)?.decided ?? 0)) {
    return refused(
      "Somebody rejected a plan of this target, maybe after this was written. To approve it after all, look at what is said above by then, and write the command again in a new comment.",
    );
  }
  if (record.merged === null && record.statuses.plan.state === "failure") {
    return refused(
      "A check stops this plan, so nothing would run under an approval. Mend what the comment names; where it is merged as it is, approve it on the daemon's page then, with the overrides that it names.",
    );
  }
  if (record.merged !== null) {
    const options = { overrides: [], target, since: given.at, decided: knows };
    return after(await tools.acts.approve(current, options, actor), record);
  }
  const takenBack = await listTakenBack(tools, record);
  const decision: NotedDecision = {
    ...{ target, id: nameDecision(record, comment), kind: "approve", request: nameRequest(record), head },
    ...{ digest: current, revision: null, ...takenBack, by: actor.name, via: actor.via, at: given.at, knows },
  };
  return { kind: "done", record, decision };
}

/** What an approval of the plan that is shown takes back: every rejection that stands against it. */
async function listTakenBack(
  { pass }: ReviewTools,
  record: ReviewRecord,
): Promise<Pick<NotedDecision, "effects" | "lifts">> {
  const { target, head } = record;
  const request = nameRequest(record);
  const verdict = (await pass.records.readReview(target, request))?.review?.verdict;
  const effects = verdict?.kind === "planned" ? listEffects(verdict.plan, () => true) : [];
  const { standing } = await findRejections(pass, { request, head, digest: waitingDigest(record), effects });
  return {
    effects: [...new Set(standing.flatMap((one) => one.effects))],
    lifts: standing.map(({ decision }) => decision.seq),
  };
}

/** When an approval was given that a comment of that time on the forge gives, where it still holds. */
async function dateApproval(
  tools: ReviewTools,
  created_at: string,
): Promise<{ readonly kind: "given"; readonly at: string } | Extract<Obeyed, { readonly kind: "refused" }>> {
  const clocks = await readClocks(tools);
  const at = dateOnForge(created_at, clocks);
  if (at === null) {
    return {
      kind: "refused",
      answer:
        "How long ago this was written can't be told: the forge's answers do not say what time it is there (`Date`), or not the time by which it dates comments. Let the proxy before the forge pass that header on, or set its clock, and comment again; or approve on the daemon's page.",
    };
  }
  const end = endOfApproval(at, tools.pass);
  if (end > clocks.store) return { kind: "given", at };
  return {
    kind: "refused",
    answer: `This approval has expired before it was read: it held until ${formatMoment(end)}. Look at the plan above, and write the command again in a new comment.`,
  };
}

function explainOther(
  { target }: ReviewRecord,
  { asked, current }: { readonly asked: string; readonly current: string | null },
): string {
  const now = current === null ? "there is none now" : `now it is ${showDigest(current)}`;
  return `${showDigest(asked)} is not the plan of ${target} (${now}): look at that one.`;
}

function after(answer: Parameters<typeof explainRefusal>[0], record: ReviewRecord): Obeyed {
  // The next round knows more.
  if (!answer.ok && answer.code === NOT_LOOKED_AT) return { kind: "undecided" };
  // It was done the last time, before that could be written down.
  if (!answer.ok && answer.code === "conflict") return { kind: "done", record };
  const refusal = explainRefusal(answer);
  return refusal === null ? { kind: "done", record } : refused(escapeMarkdown(refusal));
}

function refused(answer: string): Obeyed {
  return { kind: "refused", answer };
}

const MEANINGS: Readonly<Record<(typeof COMMAND_NAMES)[number], string>> = {
  plan: "plans the merge once more, also of a draft or one that is skipped",
  apply: "after the merge: looks at once whether something is left to do",
  approve: `approves the plan with this digest, which is given by ${DIGEST_DIGITS} digits or more`,
  reject:
    "says no: approvals before it end, and a merge gives none, until somebody approves it by a command, on the page or by the CLI",
  unlock: "after the merge: lets other requests go on that wait for this one",
  help: "says this",
};

const ARGUMENTS: Partial<Record<(typeof COMMAND_NAMES)[number], string>> = { approve: " DIGEST", reject: " [REASON]" };

/** Markdown. */
const HELP = [
  "What a comment may say, alone on its first line:",
  "",
  ...COMMAND_NAMES.map((name) => {
    const argument = ARGUMENTS[name] ?? "";
    return `- \`poolkeeper ${name}${argument}\` ${MEANINGS[name]}`;
  }),
].join("\n");
