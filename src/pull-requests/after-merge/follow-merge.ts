import type { Actor, ReviewedPlan } from "../../model/daemon/daemon-service.ts";
import type { Decision } from "../../model/passes/decision.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { Review, ReviewOutcome, ReviewVerdict } from "../../model/reviews/review.ts";
import { type FollowedOutcome, type Merge, moveReview } from "../../model/reviews/review-phase.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findNewestRejection } from "../../plan/policy/judge-decisions.ts";
import { findHere } from "../../reconcile/pass/find-here.ts";
import { findRejections, findUndecided, hasCommit } from "../../reconcile/pass/find-rejections.ts";
import { gatherEffects } from "../../reconcile/pass/gather-effects.ts";
import { mayWrite, type PullRequest } from "../forge/forge.ts";
import { publishReview } from "../publish/publish-review.ts";
import { branchOf } from "../review/branch-of.ts";
import { dateOnForge, endOfApproval, readClocks } from "../review/date-on-forge.ts";
import { findUnseen } from "../review/find-unseen.ts";
import { judgeOwn } from "../review/judge-own.ts";
import { makeReview, nameRejection, showRejection } from "../review/make-review.ts";
import { partByOrigin } from "../review/part-by-origin.ts";
import type { MergeQuery } from "../review/prove-merge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { spellLogin } from "../review/spell-login.ts";
import { findOutcome } from "./find-outcome.ts";
import { wasUndone } from "./find-undone.ts";

/** A request that is not open any more. */
export interface EndedRequest {
  readonly record: ReviewRecord;
  readonly request: PullRequest;
  /** The base branch's newest commit. */
  readonly base: string;
  /** The one that it had when the round began. */
  readonly former: MergeQuery["former"];
  /** Whether its changes wait for an approval because no plan of it could be reviewed. */
  readonly isUnreviewed: boolean;
  /** Whether its comments may not all have been there when they were read: it is dropped only once they were. */
  readonly isFresh: boolean;
  /** Whether comments on a merged request may be unread that count: no approval is handed on until they are read. */
  readonly isUnread: boolean;
}

/** A merged request that is not read in a round. */
export interface UnreadMerge extends Pick<EndedRequest, "base" | "isUnreviewed"> {
  readonly record: ReviewRecord & { readonly merged: Merge };
}

/**
 * Reports the outcome of a merged or closed request, hands on the approval that its merge or an approver before it gave, and settles it once
 * nothing is left to report. One that goes to another branch, or was merged into another one, counts as closed. False: it is to be looked at again soon, as the
 * branch does not have the merge yet, or what waits changed while its approval was handed on.
 */
export async function followMerge(tools: ReviewTools, ended: EndedRequest): Promise<boolean> {
  const { record, request } = ended;
  const isHere = request.state === "merged" && request.base === branchOf(tools.pass);
  const merged = isHere ? (record.merged ?? (await describeMerge(tools, record, ended))) : null;
  if (isHere && merged === null) return false;
  return reportEnd(tools, ended, merged);
}

/** Reports the outcome of a merged request that was not read in this round: nothing of it is handed on, and it is not settled. */
export async function followUnread(tools: ReviewTools, merge: UnreadMerge): Promise<void> {
  await reportMerge(tools, { ...merge, isFresh: true, isUnread: true }, merge.record.merged);
}

/** `merged`: null where it was closed, or goes elsewhere. */
async function reportEnd(tools: ReviewTools, ended: EndedRequest, merged: Merge | null): Promise<boolean> {
  if (merged !== null) return reportMerge(tools, ended, merged);
  const { record, request, isFresh } = ended;
  const isElsewhere = request.base !== branchOf(tools.pass);
  const outcome = { kind: "closed", ...(isElsewhere ? { base: request.base } : {}) } as const;
  await say(tools, moveReview(record, { kind: "closed", outcome }), { isFresh, isLast: true });
  return true;
}

async function reportMerge(
  tools: ReviewTools,
  { record, base, isUnreviewed, isFresh, isUnread }: Omit<EndedRequest, "request" | "former">,
  merged: Merge,
): Promise<boolean> {
  const { records, config } = tools.pass;
  const at = await records.now();
  // It does not concern the target, or nothing of it is left to be applied.
  const isFollowed = isUnreviewed || record.outcome !== null;
  if ((record.verdict === "unconcerned" || record.verdict === "skipped") && !isFollowed) {
    const outcome = isFresh ? null : ({ kind: "merged", by: merged.by } as const);
    const seen = moveReview(moveReview(record, { kind: "merged", merged }), { kind: "followed", outcome });
    await settle(tools, { ...seen, updated_at: at }, isFresh);
    return true;
  }
  const state = findHere(await records.readState(config.name), config);
  const [applied, reached] = [state?.applied_revision ?? null, state?.last_pass?.revision ?? null];
  const isApplied = await hasCommit(tools.pass, applied, merged.commit);
  const isReached = reached === applied ? isApplied : await hasCommit(tools.pass, reached, merged.commit);
  const followed: ReviewRecord = moveReview(record, { kind: "merged", merged });
  // By its commit, others learn of a rejection of it.
  if (record.merged === null) await records.writeReview(followed, null);
  const found = findOutcome({ record: followed, state, isApplied, isReached });
  if (found.kind === "held") return followHeld(tools, followed, { outcome: found, base, isFresh, isUnread });
  const outcome = await noteLaterChanges(tools, found, merged.commit);
  const isLast = outcome.kind === "applied";
  await say(tools, moveReview(followed, { kind: "followed", outcome }), { isFresh, isLast });
  return true;
}

type Held = Extract<ReviewOutcome, { readonly kind: "held" }>;

/** Of what waits for an approval: hands on the one that there is, or says who rejected it. False: it is no longer what waits. */
async function followHeld(
  tools: ReviewTools,
  record: ReviewRecord,
  {
    outcome,
    base,
    isFresh,
    isUnread,
  }: { readonly outcome: Held } & Pick<EndedRequest, "base" | "isFresh" | "isUnread">,
): Promise<boolean> {
  const { standing, decisions, undecided } = await judgeHeld(tools, record, outcome.digest);
  // What may be a rejection holds as one, until that is known.
  const isFree = standing.length === 0 && undecided === null;
  const fitting = isFree ? await listFitting(tools, record, { standing: outcome.digest, base }) : [];
  const { record: approved, isStale = false } = isUnread
    ? { record }
    : await handOn(tools, record, { decisions, fitting });
  // Where it was found before that none counts, that is so until comments are read again.
  const isJudged = isJudgedAs(record.outcome, outcome);
  const awaits_comments = isUnread && fitting.length > 0 && !isJudged;
  const isApproved = approved.spent.length > record.spent.length;
  const expired = await findExpired(tools, approved);
  const { rejection: _former, undecided_by: _doubt, ...rest } = approved;
  const [newest] = standing;
  const shown = {
    ...rest,
    ...(newest === undefined ? {} : { rejection: showRejection(newest) }),
    ...(undecided === null ? {} : { undecided_by: undecided }),
  };
  const held = describeHeldMerge(awaits_comments ? { ...outcome, awaits_comments } : outcome, {
    ...shown,
    isApproved,
    expired,
  });
  await say(tools, moveReview(shown, { kind: "followed", outcome: held }), { isFresh, isLast: false });
  return !isStale;
}

/** Whether it was found of the same plan that no approval of it counts. */
function isJudgedAs(before: ReviewOutcome | null, { digest }: Held): boolean {
  return before?.kind === "held" && before.digest === digest && before.awaits_comments !== true;
}

/** What stands against what waits, by its request or by what the branch has. */
async function judgeHeld({ pass }: ReviewTools, record: ReviewRecord, digest: string) {
  const { target, head } = record;
  const kept = (await pass.records.findPlans(digest)).find((plan) => plan.target === target);
  const effects = kept === undefined ? [] : await gatherEffects(kept.plan, () => true);
  const revision = kept?.revision ?? null;
  const query = { request: nameRequest(record), head, digest, revision, effects };
  return { ...(await findRejections(pass, query)), undecided: await findUndecided(pass, query) };
}

/** The same with whether what was applied has other manifests than what was merged. */
async function noteLaterChanges(
  tools: ReviewTools,
  outcome: FollowedOutcome,
  commit: string,
): Promise<FollowedOutcome> {
  if (outcome.kind !== "applied" || outcome.revision === commit) return outcome;
  const isSame = await tools.proposals.isMergeOf(outcome.revision, { onto: commit, head: commit });
  return isSame === false ? { ...outcome, changed_since: true } : outcome;
}

/** A merge that is seen for the first time; null: the branch does not have it yet. */
async function describeMerge(
  tools: ReviewTools,
  record: ReviewRecord,
  { request, base, former }: Pick<EndedRequest, "base" | "former" | "request">,
): Promise<Merge | null> {
  const { by, commit, at } = request.merged ?? { by: null, commit: null, at: null };
  const clocks = await readClocks(tools);
  const dated = dateOnForge(at, clocks);
  const found = await findUnseen(tools, record, { request, former, base });
  if (found === "later") return null;
  const unseen = found ?? (dated === null ? "undated" : null);
  // A forge that does not say what the branch got has it in its newest commit.
  return {
    ...{ by, commit: commit ?? base, at: dated ?? clocks.store },
    ...(tools.config.approval === "merge" ? { approves: true } : {}),
    ...(unseen === null ? {} : { unseen }),
  };
}

/** Says why a merge did not approve what waits, and that a plan just approved continues. */
function describeHeldMerge(
  outcome: Held,
  { merged, rejection, undecided_by, isApproved, expired }: HeldFacts,
): FollowedOutcome {
  const { by } = outcome;
  if (isApproved) return { kind: "waiting", by, message: "It is approved, and the next pass applies it." };
  const unseen = merged?.unseen === undefined ? {} : { unseen: merged.unseen };
  const rejected = rejection === undefined ? {} : nameRejection(rejection);
  return { ...outcome, ...unseen, ...expired, ...rejected, ...(undecided_by === undefined ? {} : { undecided_by }) };
}

/** What is known of a merge that is held. */
interface HeldFacts extends Pick<ReviewRecord, "merged" | "rejection" | "undecided_by"> {
  readonly isApproved: boolean;
  readonly expired: Pick<Held, "expired">;
}

/** The approval that ended last before it was used, and when. */
async function findExpired(tools: ReviewTools, record: ReviewRecord): Promise<HeldFacts["expired"]> {
  const now = await tools.pass.records.now();
  const ends = listApprovals(tools, record).map(({ by, at }) => ({ by, at: endOfApproval(at, tools.pass) }));
  const last = ends.toSorted((one, other) => one.at.localeCompare(other.at)).at(-1);
  return last === undefined || last.at > now ? {} : { expired: last };
}

/** Drops it in silence, but for a comment that may be a rejection: that is judged first, and one that may just have come is read. */
async function settle({ pass: { records } }: ReviewTools, record: ReviewRecord, isFresh: boolean): Promise<void> {
  await records.writeReview(mayEnd(record, isFresh) ? moveReview(record, { kind: "settled" }) : record, null);
}

/** An approval that fits what waits, unless its giver may not write any more. */
type FittingApproval = ReturnType<typeof listApprovals>[number] & {
  /** The plan that it was given for; left out: the one that waits. */
  readonly reviewed?: ReviewedPlan;
};

/**
 * The approvals that were given before the merge, or by it, for the plan that waits (`standing`), or one of which that is the remainder, and that are still valid. `base`:
 * the branch's newest commit.
 */
async function listFitting(
  tools: ReviewTools,
  record: ReviewRecord,
  { standing, base }: { readonly standing: string } & Pick<EndedRequest, "base">,
): Promise<readonly FittingApproval[]> {
  const { records } = tools.pass;
  const given = listApprovals(tools, record);
  if (given.length === 0 || record.merged === null) return [];
  const now = await records.now();
  const kept = await records.readReview(record.target, nameRequest(record));
  const change = { planned: kept?.review?.base ?? null, merged: record.merged.commit, branch: base };
  // What was taken back on the branch and comes again is another change, which asks for an approval of its own.
  if (await wasUndone(tools, change)) return [];
  const fitting: FittingApproval[] = [];
  for (const one of given) {
    if (endOfApproval(one.at, tools.pass) <= now) continue;
    const { digest } = one;
    const reviewed =
      digest === standing ? undefined : await findReviewed(tools, record, { digest, review: kept?.review });
    if (reviewed !== null) fitting.push(reviewed === undefined ? one : { ...one, reviewed });
  }
  return fitting;
}

/** A plan that waits, against which no rejection stands. */
interface Waiting {
  readonly decisions: readonly Decision[];
  readonly fitting: readonly FittingApproval[];
}

/**
 * Gives a waiting plan the approval that was given before the merge, or by it, while its giver may write, and only once: a later revocation wins. `isStale`: another
 * plan waits by now.
 */
async function handOn(
  { acts, forge, pass: { records, config } }: ReviewTools,
  record: ReviewRecord,
  { decisions, fitting }: Waiting,
): Promise<{ readonly record: ReviewRecord; readonly isStale?: boolean }> {
  const known = findNewestRejection(decisions);
  let isStale = false;
  for (const { digest, by, at, seq, isMerge, reviewed } of fitting) {
    // Who merged could write then; who approved before may have lost that since.
    if (!isMerge && !mayWrite(await forge.readPermission(by))) continue;
    const actor: Actor = { name: spellLogin(by, config.policy.approval.approvers), role: "approve", via: forge.kind };
    // A merge takes no rejection back, an approval those that it took back when it was given.
    const { effects = [], lifts = [] } = decisions.find((decision) => decision.seq === seq) ?? {};
    const mark = { effects, lifts, known };
    const options = { overrides: [], target: record.target, reviewed, since: at, mark };
    const answer = await acts.approve(digest, options, actor);
    if (answer.ok || answer.code === "conflict") {
      const spent = { ...record, spent: [...record.spent, digest] };
      await records.writeReview(spent, null);
      return { record: spent };
    }
    if (answer.code === "stale") isStale = true;
  }
  return { record, isStale };
}

/**
 * The reviewed plan, where the waiting plan differs from it by live state alone: by drift elsewhere, or by what was applied already. Null
 * for other manifests, which its approver has not seen.
 */
async function findReviewed(
  { pass: { records, config }, proposals }: ReviewTools,
  { head }: ReviewRecord,
  { digest, review }: { readonly digest: string; readonly review: Review | null | undefined },
): Promise<ReviewedPlan | null> {
  if (review?.verdict.kind !== "planned" || review.verdict.plan.digest !== digest || review.base === null) return null;
  const revision = findHere(await records.readState(config.name), config)?.last_pass?.revision ?? null;
  if (revision === null || !(await proposals.isMergeOf(revision, { onto: review.base, head }))) return null;
  const { plan, sealed_by } = review.verdict;
  return { plan, revision, ...(sealed_by === undefined ? {} : { sealed_by }) };
}

function listApprovals({ config }: ReviewTools, record: ReviewRecord) {
  const { approvals, digest, head, merged, spent } = record;
  // What decides is what its merger could know: the configuration of then, and of now.
  const counts = config.approval === "merge" && merged?.approves === true && merged.unseen === undefined;
  const byMerge =
    counts && record.needs_approval && digest !== null && merged.by !== null
      ? [{ digest, by: merged.by, at: merged.at, seq: null, isMerge: true }]
      : [];
  const own = merged?.unseen === "other_head" ? [] : approvals.filter((approval) => approval.head === head);
  const early = own.map(({ seq = null, ...approval }) => ({ ...approval, seq, isMerge: false }));
  return [...early, ...byMerge].filter(
    (given) => !spent.includes(given.digest) && (config.self_approval || judgeOwn(record, given.by).kind === "foreign"),
  );
}

/** Whether no comment that may be a rejection is left to be read or judged. */
function mayEnd({ undecided = [] }: ReviewRecord, isFresh: boolean): boolean {
  return !isFresh && undecided.length === 0;
}

/** The review as it was while the request was open, with its outcome. `isLast`: nothing more will be found out. */
async function say(
  tools: ReviewTools,
  given: ReviewRecord,
  { isFresh, isLast }: Pick<EndedRequest, "isFresh"> & { readonly isLast: boolean },
): Promise<void> {
  const record = isLast && mayEnd(given, isFresh) ? moveReview(given, { kind: "settled" }) : given;
  const kept = await tools.pass.records.readReview(record.target, nameRequest(record));
  // A request that was not reported while it was open is not reported now.
  if (kept === null || kept.review === null) return settle(tools, record, isFresh);
  const { base, made_at } = kept.review;
  const standing = await readStanding(tools, record);
  const verdict = standing?.verdict ?? kept.review.verdict;
  await publishReview(tools, record, makeReview(tools, record, { verdict, base, at: standing?.made_at ?? made_at }));
}

/** The plan that waits for an approval, where it is another one than the reviewed one; null: it is that, or it is not kept. */
async function readStanding({ pass: { records } }: ReviewTools, { target, outcome }: ReviewRecord) {
  if (outcome?.kind !== "held" || outcome.reviewed) return null;
  const kept = (await records.findPlans(outcome.digest)).find((plan) => plan.target === target);
  if (kept === undefined) return null;
  const { plan, sealed_by } = kept;
  const sealing = sealed_by === undefined ? {} : { sealed_by };
  const verdict: ReviewVerdict = { kind: "planned", plan, parts: partByOrigin(plan), overlaps: [], ...sealing };
  return { verdict, made_at: kept.made_at };
}
