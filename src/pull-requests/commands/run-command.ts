import type { Actor } from "../../model/daemon/daemon-service.ts";
import type { NotedDecision } from "../../model/passes/decision.ts";
import { NOT_LOOKED_AT } from "../../model/plan/foresight.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import { moveReview } from "../../model/reviews/review-phase.ts";
import type { ReviewRecord, UndecidedNo } from "../../model/reviews/review-record.ts";
import { DIGEST_DIGITS, explainBadDigest, showDigest } from "../../model/text/digest-digits.ts";
import { nameDecision } from "../../plan/policy/draft-rejections.ts";
import { findNewestRejection } from "../../plan/policy/judge-decisions.ts";
import { findHere } from "../../reconcile/pass/find-here.ts";
import { findRejections } from "../../reconcile/pass/find-rejections.ts";
import { gatherEffects } from "../../reconcile/pass/gather-effects.ts";
import { listUndecided } from "../../reconcile/pass/read-effects.ts";
import { formatMoment } from "../../report/text/format-moment.ts";
import { cleanLine, escapeMarkdown } from "../../report/text/markdown.ts";
import { type Comment, mayWrite, type PullRequest } from "../forge/forge.ts";
import { dateOnForge, endOfApproval, readClocks } from "../review/date-on-forge.ts";
import { explainUnseen } from "../review/find-unseen.ts";
import type { Faults } from "../review/isolate-faults.ts";
import { judgeOwn } from "../review/judge-own.ts";
import { type ReviewTools, refusalOf } from "../review/review-tools.ts";
import { isSameLogin, spellLogin } from "../review/spell-login.ts";
import { findNamed, findRejected, type GivenRejection, waitingDigest } from "./find-rejected.ts";
import type { TextProof } from "./prove-text.ts";
import { COMMAND_NAMES, type Command, isDecision } from "./read-command.ts";
import { toSecond } from "./reported-rejections.ts";

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
export type CommandResult =
  /**
   * `decision`: what was decided, to be recorded with it; left out: nothing, or it is on record. `answer`: what to say of it; left out: nothing.
   */
  | {
      readonly kind: "done";
      readonly record: ReviewRecord;
      readonly decision?: NotedDecision;
      readonly answer?: string;
    }
  /** What to answer; null: it is meant for another target. `record`: as it is then; left out: as before. */
  | { readonly kind: "refused"; readonly answer: string | null; readonly record?: ReviewRecord }
  | { readonly kind: "answered"; readonly answer: string }
  /** It is unknown for now whether it counts: it is examined again. */
  | { readonly kind: "undecided" };

/**
 * Runs the command of a comment, as far as its author may. Idempotent. The record is returned and not written. Where the forge does not
 * report the author's rights, or whether the text is unedited, the command is refused with that reason, and the forge's error is kept. A
 * rejection is never refused for an unknown: it stays undecided.
 */
export async function runCommand(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  given: GivenCommand,
): Promise<CommandResult> {
  const { command, comment } = given;
  if (command.name === "help") return { kind: "answered", answer: HELP };
  const doubt = await findDoubt({ tools, faults }, record, given);
  if (doubt !== null) return doubt;
  const name = spellLogin(comment.author, tools.pass.config.policy.approval.approvers);
  const actor: Actor = { name, role: "approve", via: tools.forge.kind };
  switch (command.name) {
    case "plan":
      return { kind: "done", record: { ...record, asked: true, said: null } };
    case "approve": {
      const result = await approve(tools, record, given, actor);
      // What waits for calls to be shown is shown to who may decide.
      const isWaiting = result.kind === "refused" && tools.spending.waiting.has(nameRequest(record));
      return isWaiting ? { ...result, record: { ...record, said: null } } : result;
    }
    case "reject":
      return reject(tools, record, given, actor);
    case "apply":
      if (record.merged === null) return refused("Merging it applies it: nothing is applied from a branch.");
      return after(await tools.acts.reconcile(record.target, { kind: "stay" }, actor), record);
    case "unlock":
      if (record.phase !== "merged" && record.phase !== "done")
        return refused("It blocks nothing: only a merged request that is not applied yet does.");
      return { kind: "done", record: moveReview(record, { kind: "unlocked" }) };
  }
}

/** Why a command is not run. `isFinal`: asking again gives no other answer. */
export interface Doubt {
  readonly answer: string;
  readonly isFinal: boolean;
  /** The account has no right to such a command at all. */
  readonly isStranger?: true;
}

/** The result of a command that is not run; null: it is. */
async function findDoubt(
  round: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  given: GivenCommand,
): Promise<CommandResult | null> {
  const { command, proof } = given;
  if (command.name === "reject") {
    const doubts = [await doubtRight(round, given), doubtWords(given)].filter((doubt) => doubt !== null);
    const final = doubts.find(({ isFinal }) => isFinal);
    if (final !== undefined) return refused(final.answer);
    return doubts.length > 0 ? { kind: "undecided" } : null;
  }
  if (proof === "awaited") return { kind: "undecided" };
  const doubt = doubtWords(given) ?? (await doubtRight(round, given));
  if (doubt !== null) return refused(doubt.answer);
  return command.name === "approve" && !round.tools.config.self_approval ? findOwn(record, given) : null;
}

/** Where self-approval is disabled: the result of an approval by one of its authors; null: it is another's. */
function findOwn(record: ReviewRecord, { comment: { author } }: GivenCommand): CommandResult | null {
  const { merged, head } = record;
  const own = merged === null ? judgeOwn(record, author, head) : judgeOwn(record, author);
  switch (own.kind) {
    case "foreign":
      return null;
    case "unasked":
      return { kind: "undecided" };
    case "own":
      return refused(
        own.opened
          ? "Self-approval is disabled: ask another approver."
          : "Self-approval is disabled, and this request has commits that you made, committed or pushed: ask another approver.",
      );
    case "unknown":
      return refused(
        `Not approved: self-approval is disabled, and it is unknown whose change this is, as ${own.why}. Comment again once that is fixed.`,
      );
  }
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
          "Not decided: the forge does not say whether this comment was edited. The daemon's log says why. Comment again once that is fixed.",
        isFinal: false,
      };
    case "unproven":
      if (name === "reject") return null;
      return {
        answer: `Not decided: nothing proves that this comment is unedited, since this forge reports times in whole seconds and no webhook reported the comment. Write \`poolkeeper ${name}\` again once the webhook of the target delivers comments, or decide on the daemon's page. \`pull_requests.unverified_comments: accept\` accepts such comments.`,
        isFinal: true,
      };
  }
}

/** Why the comment's author may not have what it asks for; null: they may. */
export async function doubtRight(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  { command, comment, request }: Pick<GivenCommand, "command" | "comment" | "request">,
): Promise<Doubt | null> {
  const { forge, config, pass } = tools;
  const final = (answer: string) => ({ answer, isFinal: true });
  const listed = isDecision(command) ? pass.config.policy.approval.approvers : config.operators;
  const isListed = listed.length === 0 || listed.some((name) => isSameLogin(name, comment.author));
  const who = escapeMarkdown(comment.author);
  const stranger = { isStranger: true } as const;
  if (!isListed)
    return {
      ...final(`${who} is not on the list of those who may ${command.name} for ${pass.config.name}.`),
      ...stranger,
    };
  const permission = await faults.isolate(() => forge.readPermission(comment.author));
  if (permission === null) {
    return {
      answer: `Not decided: the forge does not report the rights of ${who} in this repository. The daemon's log says why. Comment again once that is fixed.`,
      isFinal: false,
    };
  }
  if (command.name === "plan" && request.head.fork && !config.forks) {
    const doubt = final(
      "Requests from forks are not planned here. A user with write access can push its commits to a branch of this repository, or `pull_requests.forks` in the daemon's configuration can allow forks.",
    );
    return mayWrite(permission) ? doubt : { ...doubt, ...stranger };
  }
  if (!mayWrite(permission)) {
    return { ...final(`${who} has no write access to this repository and may not ${command.name}.`), ...stranger };
  }
  return null;
}

/** A no is one to what it names or was shown, and to the request: see {@link findRejected}. That of another target's plan is not meant. */
async function reject(
  tools: ReviewTools,
  record: ReviewRecord,
  { command, request, others, comment }: GivenCommand,
  { name: by, via }: Actor,
): Promise<CommandResult> {
  const { digest, reason } = command;
  const named = await findRejected(tools, record, { digest, created_at: comment.created_at, others });
  if (named.kind === "other") return { kind: "refused", answer: null };
  if (named.kind === "unknown") return refused(explainUnknown(record, digest));
  if (record.outcome?.kind === "applied") {
    return refused("It is already applied, so a rejection stops nothing. To undo it, revert it.");
  }
  const { records } = tools.pass;
  const { target } = record;
  const merged = request.state === "merged" ? await findMergedRevision(tools, record, request) : null;
  // What it names is known at any time; what stood when it was written was known best when it was read first.
  const first = digest === "" ? record.undecided?.find((one) => isOf(one, comment)) : undefined;
  const { head, digest: of } = first ?? named;
  const effects = first === undefined ? named.effects : await listUndecided(records, record, first);
  const decision: NotedDecision = {
    ...{ target, id: nameDecision(record, comment), kind: "reject", request: nameRequest(record) },
    ...{ head, digest: of },
    ...{ revision: merged, by, via, at: await records.now(), effects },
    lifts: [],
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
  };
  // That of the newest commit is noted with its next plan.
  const isLost = named.isLost && head !== record.head;
  return { kind: "done", record, decision, ...(isLost ? { answer: explainLostEffects(record, of) } : {}) };
}

/** No rejection is less than it seems. */
function explainLostEffects({ number }: ReviewRecord, digest: string | null): string {
  const plan = digest === null ? "a plan" : `plan ${showDigest(digest)}`;
  return `Request ${number} is rejected. But it is no longer on record what ${plan} did, so the same change in another request is not rejected: reject it there too.`;
}

function explainUnknown({ target }: ReviewRecord, digest: string): string {
  return `No plan ${showDigest(digest)} of this request was found for ${target}, so nothing was rejected. To reject the request, comment \`poolkeeper reject\`; reject a plan of a merged request on the daemon's page.`;
}

/** A rejection as it is read first, `at` that time: what is pushed before it can be judged makes it one of nothing else. */
export function noteNo(
  record: ReviewRecord,
  { id, author, created_at }: Comment,
  { at, digest: asked, others }: Pick<GivenRejection, "digest" | "others"> & { readonly at: string },
): UndecidedNo {
  const found = findNamed(record, { digest: asked, others, created_at });
  const { head, digest, plans } = found.kind === "shown" ? found : { head: record.head, digest: null, plans: [] };
  const isOpen = asked !== "" && found.kind !== "other" && !(found.kind === "shown" && found.isCertain);
  const given = { comment: id, written: created_at, by: author, at, ...(asked === "" ? {} : { asked }) };
  return { ...given, head, digest, effects: [], plans: isOpen ? [...plans, asked] : plans };
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
): Promise<CommandResult> {
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
  // The approver has to have seen who rejected what, or that there was no rejection.
  if (knows > (record.published?.at(-1)?.decided ?? 0)) {
    return refused(
      "A plan of this target was rejected, maybe after this was written. To approve it anyway, review the comment above again, then write the command in a new comment.",
    );
  }
  if (record.merged === null && record.statuses.plan.state === "failure") {
    return refused(
      "A check blocks this plan, so an approval would apply nothing. Fix what the comment names, or merge it as it is and approve it on the daemon's page with the overrides listed there.",
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
  const digest = waitingDigest(record);
  // A large plan may not be kept as a whole.
  const own = digest === null ? null : await pass.records.readShown(target, request, digest);
  const effects = verdict?.kind === "planned" ? await gatherEffects(verdict.plan, () => true) : (own ?? []);
  const { standing } = await findRejections(pass, { request, head, digest, effects });
  return {
    effects: [...new Set(standing.flatMap((one) => one.effects))],
    lifts: standing.map(({ decision }) => decision.seq),
  };
}

/** When an approval was given that a comment of that time on the forge gives, where it still holds. */
async function dateApproval(
  tools: ReviewTools,
  created_at: string,
): Promise<{ readonly kind: "given"; readonly at: string } | Extract<CommandResult, { readonly kind: "refused" }>> {
  const clocks = await readClocks(tools);
  const at = dateOnForge(created_at, clocks);
  if (at === null) {
    return {
      kind: "refused",
      answer:
        "The age of this comment is unknown: the forge's responses have no `Date` header, or use another clock than comments do. Make the proxy in front of the forge pass that header through, or set its clock, and comment again; or approve on the daemon's page.",
    };
  }
  const end = endOfApproval(at, tools.pass);
  if (end > clocks.store) return { kind: "given", at };
  return {
    kind: "refused",
    answer: `This approval expired at ${formatMoment(end)}, before it was read. Review the plan above, and write the command again in a new comment.`,
  };
}

function explainOther(
  { target }: ReviewRecord,
  { asked, current }: { readonly asked: string; readonly current: string | null },
): string {
  const now = current === null ? "there is no current plan" : `the current one is ${showDigest(current)}`;
  return `${showDigest(asked)} is not the plan of ${target} (${now}). Review the current plan.`;
}

function after(answer: Parameters<typeof refusalOf>[0], record: ReviewRecord): CommandResult {
  // The next round knows more.
  if (!answer.ok && answer.code === NOT_LOOKED_AT) return { kind: "undecided" };
  // It was done the last time, before that could be written down.
  if (!answer.ok && answer.code === "conflict") return { kind: "done", record };
  const refusal = refusalOf(answer);
  return refusal === null ? { kind: "done", record } : refused(escapeMarkdown(refusal));
}

function refused(answer: string): CommandResult {
  return { kind: "refused", answer };
}

const MEANINGS: Readonly<Record<(typeof COMMAND_NAMES)[number], string>> = {
  plan: "plans the merge again, also for a draft or a skipped request",
  apply: "after the merge: checks immediately whether something is left to apply",
  approve: `approves the plan with this digest (${DIGEST_DIGITS} digits or more)`,
  reject:
    "rejects the plan: earlier approvals end, and a merge does not approve it, until it is approved by a command, on the page or by the CLI",
  unlock: "after the merge: releases other requests that wait for this one",
  help: "shows this help",
};

const ARGUMENTS: Partial<Record<(typeof COMMAND_NAMES)[number], string>> = { approve: " DIGEST", reject: " [REASON]" };

/** Markdown. */
const HELP = [
  "Commands, alone on the first line of a comment:",
  "",
  ...COMMAND_NAMES.map((name) => {
    const argument = ARGUMENTS[name] ?? "";
    return `- \`poolkeeper ${name}${argument}\` ${MEANINGS[name]}`;
  }),
].join("\n");
