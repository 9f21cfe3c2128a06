import { createHash } from "node:crypto";
import { nameRequest } from "../model/reviews/name-request.ts";
import { ALTER_ACTION, type ReviewRecord } from "../model/reviews/review-record.ts";
import { findHere } from "../reconcile/pass/find-here.ts";
import { listHeads } from "../reconcile/pass/list-heads.ts";
import { addAuthors } from "./authors/ask-change-authors.ts";
import { noteAuthors } from "./authors/note-authors.ts";
import { applyDecisions } from "./commands/apply-decisions.ts";
import { proposeDrift } from "./drift/propose-drift.ts";
import { findSkip } from "./find-skip.ts";
import { followEnded } from "./follow-ended.ts";
import type { PullRequest } from "./forge/forge.ts";
import { reviewGroups } from "./groups/review-groups.ts";
import { publishReview } from "./publish/publish-review.ts";
import { listAlterers, MOST_ALTERED } from "./publish/restore-comment.ts";
import { isOfAnyone, readComments } from "./read-comments.ts";
import { type Charges, chargeRound } from "./review/charges.ts";
import { findLost } from "./review/find-lost.ts";
import { type Faults, openFaults } from "./review/isolate-faults.ts";
import { findOverlaps, identify, makeReview, recordPlanned } from "./review/make-review.ts";
import { noteEffects } from "./review/note-effects.ts";
import {
  notPlannable,
  openRequestPlanner,
  type PlannedRequest,
  type PlanRequest,
  withoutPlan,
} from "./review/open-request-planner.ts";
import { type Answered, longestUnreadFirst, longestWaitingFirst, rejectedFirst } from "./review/order-requests.ts";
import { claimKept, readKnown } from "./review/read-kept.ts";
import { isFollowed } from "./review/read-merged.ts";
import { findDecided, isOnlyAsked, openDecided, readMissing } from "./review/read-missing.ts";
import type { ReviewTools } from "./review/review-tools.ts";
import { spendOn } from "./review/spending.ts";
import { takeUp } from "./review/take-up-request.ts";
import { isUrgent, lookInTurn, openUrgentReports } from "./urgent-reports.ts";

/** What one round found. */
export interface ReviewRound {
  /** Open requests. */
  readonly open: number;
  /** Whether something was unknown and is to be tried again soon. */
  readonly unfinished: boolean;
  /** Whether something waits for calls of the forge, or for room on record, which are there again only after some time. */
  readonly waits: boolean;
  /** Nothing was asked: what anyone can cause has used up the calls for lists, and no approval or rejection waits. Left out: it was. */
  readonly rested?: true;
  /** Few calls of the token are left on the forge, so that what anyone can cause waits. Left out: enough are. */
  readonly low?: true;
  /** What the credentials may do beyond what is needed, as `Forge.readExcess`; left out: it was not asked in this round. */
  readonly excess?: readonly string[];
}

/**
 * Reviews all requests of a target once: answers comments, plans the open ones, reports what their merges would do, and follows merged ones
 * until they are applied. Level-triggered: it depends on the forge, the repository, the live state, and the store; nothing is reported
 * twice. Throws an OperationalError where forge, repository or store are unavailable.
 */
export function reviewRequests(tools: ReviewTools): Promise<ReviewRound> {
  return chargeRound(tools, (charges) => reviewAll(tools, charges));
}

async function reviewAll(tools: ReviewTools, charges: Charges): Promise<ReviewRound> {
  const { forge, pass, proposals, config, spending } = tools;
  const { source, records, config: target } = pass;
  const { looks } = spending;
  if (target.source.kind !== "repository") throw new Error("unreachable: a folder has no requests");
  if (!spending.rounds.isLeft() && !(await isUrgent(tools, charges)))
    return { open: 0, unfinished: true, waits: false, rested: true };
  const began = await records.now();
  const base = (await source.fetch()).id;
  const seen = listHeads(findHere(await records.readState(target.name), target)).at(-1) ?? null;
  const open = await listOpen(tools, target.source.branch);
  const known = new Map((await readKnown(tools, open)).map((record) => [nameRequest(record), record]));
  const wanted = open.filter(({ head }) => !head.fork || config.forks);
  const there = await proposals.fetch(
    forge.kind,
    wanted.map(({ number, head }) => ({ number, sha: head.sha })),
  );
  // What was merged and is not applied is compared with what was planned.
  await proposals.keep([...new Set([...open, ...known.values()].map(({ number }) => number))]);
  const planRequest = openRequestPlanner(tools, base);
  const altered = await records.readAudit(target.name, MOST_ALTERED, ALTER_ACTION);
  const faults = openFaults(tools.signal);
  const forkOf = new Map(open.map((request) => [nameRequest(identify(forge, request)), nameFork(request)]));
  const missing = [...known].filter(([name]) => !forkOf.has(name));
  spending.missing.keep(forkOf, new Map(missing).keys());
  for (const name of spending.waiting) if (!forkOf.has(name) && !known.has(name)) spending.waiting.delete(name);
  const isDecided = openDecided(tools, charges);
  const ofAnyone = missing.map(([, record]) => record).filter((one) => !isFollowed(one));
  const decided = await findDecided(isDecided, ofAnyone);
  // First: what was merged, or rejected after it was closed, may wait for nothing that others cause.
  const isNews = ([name, record]: (typeof missing)[number]) =>
    record.merged === null && (decided.has(name) || !(isOnlyAsked(record) || spending.missing.isRead(name, base)));
  const news = missing.filter(isNews).map(([, record]) => record);
  const rest = missing.filter((one) => !isNews(one)).map(([, record]) => record);
  const first = await readMissing(tools, faults, { missing: news, base, decided });
  const readAt = performance.now();
  // Approvals wait for it.
  let unfinished =
    (await faults.isolate(() => noteAuthors(tools, { base, open, known: known.values(), ended: first.ended }))) !==
    true;
  let waits = false;
  const answer = async (request: PullRequest): Promise<Answered | null> => {
    const name = nameRequest(identify(forge, request));
    const found = known.get(name) ?? (await claimKept(tools, request))?.record ?? null;
    const taken = takeUp(tools, request, found, await records.now());
    const alterers = listAlterers(altered, taken);
    const isNew = found?.head !== request.head.sha;
    const isPushed = found !== null && isNew && !request.head.fork && !(await isDecided(taken));
    const isCharged = await isOfAnyone(tools, taken, { request, alterers, isNew, isDecided });
    const budget = isCharged ? looks : isPushed ? spending.pushes : null;
    if (budget?.isLeft() === false) {
      waits = true;
      return isNew ? null : { request, answered: taken, budget };
    }
    const owner = { target: target.name, author: request.author };
    if (found === null && !((await records.hasRoom(owner)) && spending.news.take())) {
      waits = true;
      return null;
    }
    return spendOn(spending, budget, async () => {
      const authored = await addAuthors({ tools, faults }, taken, request);
      const read = await readComments({ tools, faults }, authored, { request, isTold: alterers.length > 0 });
      if (read.undecided) unfinished = true;
      return {
        request,
        answered: read.record,
        budget: request.head.fork || isPushed || alterers.length > 0 ? budget : null,
      };
    });
  };
  const lookAt = async ({ request, answered }: Answered, others: Map<string, ReviewRecord>) => {
    const record = await applyDecisions(tools, answered);
    const planned = await plan(tools, { request, record, there, planRequest });
    if (planned === null || (planned.verdict.kind === "failed" && planned.stays !== true)) unfinished = true;
    if (planned === null) {
      const missing = { ...record, missed: (record.missed ?? 0) + 1 };
      others.set(nameRequest(missing), missing);
      return records.writeReview(missing, null);
    }
    await noteEffects(tools, record, planned);
    const said = await say(tools, {
      record: recordPlanned(record, planned),
      planned,
      base,
      others: others.values(),
      faults,
    });
    others.set(nameRequest(said), said);
    if (spending.waiting.has(nameRequest(said))) waits = true;
    if (planned.defect !== undefined) faults.note(planned.defect);
  };
  const nameOf = (request: PullRequest) => nameRequest(identify(forge, request));
  const others = new Map(known);
  const pending = new Map<string, Answered>();
  const ahead = new Set(open.map(nameOf));
  const urgent = openUrgentReports({ tools, faults, charges, isDecided, began }, { ahead, pending, others });
  // Before anything is planned: that of one request may take long, and commands on the others do not depend on it.
  for (const request of longestUnreadFirst(open, (one) => known.get(nameOf(one)) ?? null)) {
    tools.signal.throwIfAborted();
    const before = spending.calls();
    const one = await faults.isolate(() => answer(request));
    ahead.delete(nameOf(request));
    if (one !== null) pending.set(nameOf(request), one);
    // What asks the forge nothing takes no time.
    if (spending.calls() > before) await urgent.read();
  }
  // Read once more: a round writes as many as there are, and notes what it writes.
  for (const record of await records.readReviews(target.name)) others.set(nameRequest(record), record);
  const waiting = longestWaitingFirst([...pending.values()], spending.waiting);
  const inTurn = rejectedFirst(waiting, await records.readDecisions(target.name));
  const isUpToDate = await lookInTurn({ tools, urgent }, { inTurn, records: { pending, others } }, async (one) => {
    const looked = await faults.isolate(async () => {
      await spendOn(spending, one.budget, () => lookAt(one, others));
      return true;
    });
    if (looked === true) return;
    // It may have written something before it failed.
    const name = nameRequest(one.answered);
    const kept = await records.readRecord(target.name, name);
    if (kept !== null) others.set(name, kept);
  });
  if (urgent.isLeft() || urgent.isUndecided() || !isUpToDate) unfinished = true;
  const about = { base, seen, open, first, readAt, rest, decided, altered, isDecided, latest: urgent.latest };
  const gone = await followEnded({ tools, faults }, about);
  const { reached } = gone;
  if (gone.unfinished) unfinished = true;
  if (gone.waits) waits = true;
  // After all else but that: anyone who may push can give branches the names of a queue.
  const groups = await reviewGroups(tools, { base, reached, open, there, planRequest, faults });
  if (groups.unfinished) unfinished = true;
  if (groups.waits) waits = true;
  // Last, so that a branch that others have taken over keeps nothing else back.
  const proposed = await proposeDrift(tools, { base, open, there });
  faults.throwFirst();
  // Of one that failed, a reported decision may be unread, or of one that had to leave it.
  if (!urgent.isLeft()) spending.last.at = began;
  const low = spending.isLow() ? ({ low: true } as const) : {};
  return { open: open.length, unfinished: unfinished || proposed, waits, ...low };
}

/** The open requests. What they cost is charged where something was changed since the last round. */
async function listOpen({ forge, spending }: ReviewTools, branch: string): Promise<readonly PullRequest[]> {
  const before = spending.calls();
  const open = await forge.listOpen(branch);
  const now = createHash("sha256").update(JSON.stringify(open)).digest("hex");
  if (now !== spending.last.open) spending.rounds.spend(spending.calls() - before);
  spending.last.open = now;
  return open;
}

/** The account that a request's fork belongs to, as far as the forge shows it; null: it comes from the repository itself. */
function nameFork({ head, author }: PullRequest): string | null {
  return head.fork ? author : null;
}

/** Null: the head is not there yet, which passes where a server of git lags behind its forge. */
async function plan(
  { config, proposals }: ReviewTools,
  given: {
    readonly request: PullRequest;
    readonly record: ReviewRecord;
    readonly there: ReadonlySet<number>;
    readonly planRequest: PlanRequest;
  },
): Promise<PlannedRequest | null> {
  const { request, record, there, planRequest } = given;
  const reason = findSkip(request, config, record.asked);
  if (reason !== null) {
    const passes = config.unplanned === "pass" ? ({ passes: true } as const) : {};
    return withoutPlan({ kind: "skipped", reason, ...passes });
  }
  if (there.has(request.number)) return planRequest({ head: request.head, request: nameRequest(record) });
  const { number, head } = request;
  const refusal = proposals.findRefusal({ number, sha: head.sha });
  if (refusal !== null) return notPlannable(refusal);
  if ((record.missed ?? 0) < MOST_MISSED) return null;
  const message = `The repository lacks the newest commit of request ${number} (${head.sha}) that the forge reports. Check that it serves the branches of its requests, or push again.`;
  return withoutPlan({ kind: "failed", code: "head_missing", message });
}

/** Failed tries before it is reported, ten seconds or a pass apart. */
const MOST_MISSED = 5;

async function say(
  tools: ReviewTools,
  given: {
    readonly record: ReviewRecord;
    readonly planned: PlannedRequest;
    readonly base: string;
    readonly others: Iterable<ReviewRecord>;
    readonly faults: Faults;
  },
): Promise<ReviewRecord> {
  const { record, planned, base, others, faults } = given;
  const now = await tools.pass.records.now();
  const { expires_ms: holdMs } = tools.pass.config.policy.approval;
  const verdict =
    planned.verdict.kind === "planned"
      ? { ...planned.verdict, overlaps: findOverlaps(record, others, { now, holdMs }) }
      : planned.verdict;
  const isMerged = verdict.kind !== "skipped" && verdict.kind !== "failed";
  const pinned = (await tools.pass.records.readState(record.target))?.pinned_revision ?? null;
  const lost = await findLost({ tools, faults }, record, now);
  const made = { verdict, base: isMerged ? base : null, at: now, pinned, lost };
  return publishReview(tools, record, makeReview(tools, record, made));
}
