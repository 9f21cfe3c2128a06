import { createHash } from "node:crypto";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { MergeGroupRecord } from "../../model/reviews/merge-group.ts";
import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReviewRecord, ReviewStatuses } from "../../model/reviews/review-record.ts";
import type { BranchCommit, QueuedCommit, SoughtCommit } from "../../reconcile/source/proposals.ts";
import type { QueueBasis } from "../../reconcile/source/queue-line.ts";
import { describeGroupStatus, type GroupFacts } from "../../report/review/describe-group-status.ts";
import type { PullRequest, TrainCar } from "../forge/forge.ts";
import { publishGroup } from "../publish/publish-statuses.ts";
import { branchOf } from "../review/branch-of.ts";
import type { Faults } from "../review/isolate-faults.ts";
import { identify, NOT_LOOKED_AT, namePlace } from "../review/make-review.ts";
import { notPlannable, type PlannedRequest, type PlanRequest } from "../review/open-request-planner.ts";
import { isHere, readKept } from "../review/read-kept.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { findShownChange } from "../review/shown-plan.ts";
import { spendOn } from "../review/spending.ts";
import { type GroupProof, proveGroup, type Reviewed } from "./prove-group.ts";

/** How long a commit is pending for what may pass by itself, before it fails and leaves the queue. In milliseconds. */
const PATIENCE_MS = 10 * 60_000;

/** What a round knows of the target's requests and branch. */
export interface GroupRound {
  /** The branch's newest commit as the round began. */
  readonly base: string;
  /** The same after what was merged has been read. */
  readonly reached: string;
  readonly open: readonly PullRequest[];
  /** Numbers of the open requests whose newest commit was fetched. */
  readonly there: ReadonlySet<number>;
  readonly planRequest: PlanRequest;
  readonly faults: Faults;
}

/** Commits of a queue that one round looks at: a round ends, and what was merged or said since it began is read. */
const MOST_LOOKS = 10;

/** So many calls are left for a commit, which gets both statuses. */
const CALLS_OF_LOOK = 2;

/**
 * Looks at commits of the branch's merge queue or train, new ones as they came by turns with those that were not looked at for the longest time: plans each as the branch
 * will be with it, and sets both statuses. A commit that is no merge of requests whose plans were shown is not green, so that the queue is
 * no way around a review. Level-triggered: the commits are those that the repository, or the forge's train, has now; what left the queue is
 * forgotten. `unfinished`: one of them waits for its turn, or for something that may pass by itself, and is to be looked at again soon; `waits`: for calls of
 * the forge.
 */
export async function reviewGroups(
  tools: ReviewTools,
  round: GroupRound,
): Promise<{ readonly unfinished: boolean; readonly waits: boolean }> {
  const { pass, spending } = tools;
  const { records, config } = pass;
  const { line } = spending;
  const before = await records.readGroups(config.name);
  // After a start, which of them were looked at before.
  for (const { head } of before.toSorted(byLook)) if (line.isFresh(head)) line.noteLook(head);
  const cars = await listCars(tools, round);
  const served = cars && (await listQueued(tools, round, cars));
  if (cars === null || served === null) return { unfinished: true, waits: false };
  // A queue of branches makes commits of its own: one that was the newest of a request before was planted, and would take its statuses away.
  const ofRequests = new Set(round.open.filter(({ head }) => !head.fork).map(({ head }) => head.sha));
  const isQueued = ({ sha }: SoughtCommit) =>
    before.some(({ head }) => head === sha) || cars.some((car) => car.sha === sha);
  const listed = served.filter((one) => !ofRequests.has(one.sha) || isQueued(one));
  const heads = new Set(listed.map(({ sha }) => sha));
  // One of too many has its turn again.
  const gone = before.map(({ head }) => head).filter((head) => !heads.has(head) && !line.isListed(head));
  let unfinished = gone.length > 0 && (await forget(tools, gone));
  let waits = false;
  // What the branch is at already has left the queue.
  const queued = listed.filter(({ sha }) => sha !== round.base && sha !== round.reached);
  if (queued.length === 0) return { unfinished, waits };
  const known = new Map(before.map((record) => [record.head, record]));
  const reviews = await records.readReviews(config.name);
  const isJudged = (sha: string) => {
    const basis = line.basisOf(sha);
    return basis !== null && basis.hash === findBasis(round, reviews, basis.numbers).hash;
  };
  const inTurn = takeTurns(
    queued.toSorted((one, other) => line.compare(one.sha, other.sha)),
    ({ sha }) => line.isFresh(sha),
  );
  for (const [index, commit] of inTurn.entries()) {
    tools.signal.throwIfAborted();
    const { sha, number, refusal } = commit;
    const found = known.get(sha);
    if (index >= MOST_LOOKS) {
      if (found === undefined || !isFinal(found) || !isJudged(sha)) unfinished = true;
      else if (found.told === null) waits = true;
      continue;
    }
    line.noteLook(sha);
    const pipeline = cars.find((car) => car.number === number && car.sha === sha)?.pipeline ?? null;
    const record = await takeUp(tools, commit, { found, pipeline });
    const looked = await round.faults.isolate(() => lookAt(tools, { ...round, queued }, record, refusal));
    if (looked !== null) line.noteBasis(sha, findBasis(round, reviews, looked.numbers));
    if (looked?.isShort === true) waits = true;
    else unfinished ||= looked === null || looked.record.told === null || looked.record.waits_since !== null;
  }
  return { unfinished, waits };
}

/** Of those that were looked at already, one behind each few that were not yet: neither keep the others waiting. */
function takeTurns<T>(all: readonly T[], isFresh: (one: T) => boolean): readonly T[] {
  const [fresh, former] = [all.filter(isFresh), all.filter((one) => !isFresh(one))];
  return all.flatMap((_, turn) => [
    ...fresh.slice(turn * FRESH_IN_TURN, (turn + 1) * FRESH_IN_TURN),
    ...former.slice(turn, turn + 1),
  ]);
}

const FRESH_IN_TURN = 4;

function byLook(one: MergeGroupRecord, other: MergeGroupRecord): number {
  return Date.parse(one.updated_at) - Date.parse(other.updated_at);
}

/**
 * What the statuses of a queue's commit go by, beside the commit: what a decision, the policy or the branch changes shows in it. What others do changes
 * nothing of it.
 */
function findBasis({ base }: GroupRound, reviews: readonly ReviewRecord[], numbers: readonly number[]): QueueBasis {
  const of = ({ number, head, statuses }: ReviewRecord) => [number, head, statuses.plan.state, statuses.apply.state];
  const known = reviews.filter(({ number }) => numbers.includes(number)).map(of);
  const hash = createHash("sha256").update(JSON.stringify([base, ...known.sort()]));
  return { numbers, hash: hash.digest("hex") };
}

/** Whether a commit's statuses are ones that nothing is expected to change: once they are set, it has another look with the next webhook or poll. */
function isFinal({ waits_since: since, statuses: { plan, apply } }: MergeGroupRecord): boolean {
  return since === null && plan.state !== "pending" && apply.state !== "pending";
}

/** What the repository has of the queue. Null: that can't be known now, which keeps nothing else from being done. */
async function listQueued(
  { proposals, forge, signal, spending }: ReviewTools,
  { open, faults }: GroupRound,
  cars: readonly TrainCar[],
): Promise<readonly SoughtCommit[] | null> {
  try {
    const asked = { open: new Set(open.map(({ number }) => number)), cars, line: spending.line };
    return await proposals.listQueued(forge.kind, asked);
  } catch (error) {
    if (signal.aborted) throw error;
    faults.note(error);
    return null;
  }
}

/**
 * Forgets commits that left the queue. True: open requests have one of them, whose statuses the queue set last: one of each sets them again, for all
 * that share it.
 */
async function forget({ pass, spending }: ReviewTools, gone: readonly string[]): Promise<boolean> {
  const { records, config } = pass;
  const reviews = await records.readReviews(config.name);
  const isOpen = ({ phase }: ReviewRecord) => phase === "open";
  const sharing = gone.flatMap((sha) => {
    const those = reviews.filter(({ head }) => head === sha);
    return those.find(isOpen) ?? those[0] ?? [];
  });
  for (const record of sharing) await records.writeReview({ ...record, told: null }, null);
  spending.groups.spend(CALLS_OF_LOOK * sharing.length);
  await records.removeGroups(config.name, gone);
  return sharing.some(isOpen);
}

/** None without asking where no request can be in a train. Null: the forge does not say. */
async function listCars(
  { forge, pass }: ReviewTools,
  { open, faults }: GroupRound,
): Promise<readonly TrainCar[] | null> {
  const { source } = pass.config;
  if (source.kind !== "repository" || !open.some(({ queued }) => queued === true)) return [];
  return faults.isolate(() => forge.listTrain(source.branch));
}

async function takeUp(
  { forge, pass }: ReviewTools,
  { sha, number }: QueuedCommit,
  { found, pipeline }: { readonly found: MergeGroupRecord | undefined; readonly pipeline: number | null },
): Promise<MergeGroupRecord> {
  const now = { number, pipeline, branch: branchOf(pass), updated_at: await pass.records.now() };
  // Another pipeline has none of the statuses.
  if (found !== undefined) return { ...found, ...now, told: found.pipeline === pipeline ? found.told : null };
  const about = { target: pass.config.name, place: namePlace(forge), head: sha };
  return { ...about, ...now, waits_since: null, statuses: NOT_LOOKED_AT, told: null };
}

/** A commit's record after a look, and the requests that it was found to be made of, or to wait for. */
interface LookedAt {
  readonly record: MergeGroupRecord;
  readonly numbers: readonly number[];
  /** Nothing but calls of the forge is missing to set its statuses. Left out: nothing is, or something else too. */
  readonly isShort?: boolean;
}

type QueueRound = GroupRound & { readonly queued: readonly SoughtCommit[] };

/** What is known of a commit that is not there. */
const OF_NOTHING = { unproven: null, members: [] } as const;

/** `refusal`: why the commit is not there. No time changes that. */
async function lookAt(
  tools: ReviewTools,
  round: QueueRound,
  record: MergeGroupRecord,
  refusal: OperationalError | null,
): Promise<LookedAt> {
  // Before the look: one that fails puts it last, too.
  await tools.pass.records.writeGroup(record);
  const planning = refusal === null ? round.planRequest({ head: { sha: record.head } }) : notPlannable(refusal);
  const { defect, ...planned } = await planning;
  const isRead = planned.verdict.kind !== "failed";
  const { verdict, unproven, members } = isRead
    ? await account(tools, round, record, planned.verdict)
    : { ...planned, ...OF_NOTHING };
  const { updated_at: now, waits_since: since } = record;
  const isPatient = since === null || Date.parse(now) - Date.parse(since) < PATIENCE_MS;
  const isGivenUp = refusal !== null || !isPatient;
  const shown = verdict.kind === "planned" ? { ...verdict, overlaps: [] } : verdict;
  const target = record.target;
  const facts: GroupFacts = { target, verdict: shown, unproven, members, isGivenUp };
  const waits = refusal === null && (verdict.kind === "failed" || (unproven !== null && unproven.reason === null));
  const next = { ...record, waits_since: waits ? (since ?? now) : null, statuses: describeGroupStatus(facts) };
  await tools.pass.records.writeGroup(next);
  if (defect !== undefined) round.faults.note(defect);
  const isProven = (verdict.kind === "planned" || verdict.kind === "unconcerned") && unproven === null;
  const { groups, proven } = tools.spending;
  const budget = isProven ? proven : groups;
  // A success that is none any more is taken back in any case. What that costs is missing for the next one.
  const numbers = [...members.map(({ number }) => number), unproven?.number ?? record.number];
  if (!(isTakenBack(next) || budget.isLeft(CALLS_OF_LOOK)))
    return { record: { ...next, told: null }, numbers, isShort: isFinal(next) };
  const publish = () => publishGroup(tools, next, tools.pageOf(record.number));
  return { record: await spendOn(tools.spending, budget, publish), numbers };
}

function isTakenBack({ told, statuses }: MergeGroupRecord): boolean {
  const isGreen = ({ plan, apply }: ReviewStatuses) => plan.state === "success" && apply.state === "success";
  return told !== null && isGreen(told) && !isGreen(statuses);
}

type Verdict = PlannedRequest["verdict"];

/** Which requests the commit is made of, and the first of which no plan was shown. The verdict is another one where that can't be read. */
async function account(
  tools: ReviewTools,
  { base, open, there, queued }: QueueRound,
  { head, number }: MergeGroupRecord,
  verdict: Verdict,
): Promise<Pick<GroupFacts, "unproven" | "members"> & { readonly verdict: Verdict }> {
  const { forge, pass, config } = tools;
  const { records, config: target } = pass;
  const findOpen = (number: number) => open.find((one) => one.number === number);
  const isThere = ({ number }: ReviewRecord) => there.has(number) || findOpen(number) === undefined;
  // A forge that was restored gave the number to another one.
  const isIt = (record: ReviewRecord) => {
    const request = findOpen(record.number);
    return request === undefined || nameRequest(identify(forge, request)) === nameRequest(record);
  };
  const here = (await records.readReviews(target.name)).filter((record) => isHere({ forge }, record));
  const known = here.filter(isIt);
  const reviewed = known.flatMap((record) => {
    const change = findShownChange(record);
    return change !== null && isThere(record) ? [{ number: record.number, head: record.head, change }] : [];
  });
  const numbers = new Set(queued.map((one) => one.number));
  const likely = reviewed.toSorted((one, other) => Number(numbers.has(other.number)) - Number(numbers.has(one.number)));
  const found = await prove(tools, { base, head }, likely);
  if (found instanceof OperationalError) return { verdict: notPlannable(found).verdict, ...OF_NOTHING };
  const { commits, proof } = found;
  const members = (proof?.members ?? []).flatMap((member) => {
    const record = known.find((one) => one.number === member);
    return record === undefined ? [] : [{ number: member, apply: record.statuses.apply }];
  });
  // The configuration lets what was not planned be merged; it is held after the merge.
  if (config.unplanned === "pass" || proof?.unproven === null) return { verdict, unproven: null, members };
  const rest = commits?.slice(commits.findIndex(({ id }) => id === proof?.unproven?.id)).map(({ id }) => id) ?? [];
  const culprit =
    rest.map((id) => queued.find(({ sha }) => sha === id)?.number).find((one) => one !== undefined) ?? number;
  const request = findOpen(culprit);
  const kept = request === undefined ? null : await readKept({ forge, pass }, request);
  const asked = kept?.review?.verdict;
  const reason = asked?.kind === "skipped" ? asked.reason : null;
  return { verdict, unproven: { number: culprit, reason }, members };
}

/** What could be proven of the commit; null: it is not known what the branch gets by it. An error: git can't read it, as a request's that fails so. */
async function prove(
  { proposals, findChange, signal }: ReviewTools,
  { base, head }: { readonly base: string; readonly head: string },
  reviewed: readonly Reviewed[],
): Promise<{ readonly commits: readonly BranchCommit[] | null; readonly proof: GroupProof | null } | OperationalError> {
  try {
    const listed = await proposals.listCommits(base, head);
    const commits = listed?.filter(({ changes }) => changes) ?? null;
    return { commits, proof: commits && (await proveGroup(findChange, commits, reviewed)) };
  } catch (error) {
    if (signal.aborted || !(error instanceof OperationalError)) throw error;
    return error;
  }
}
