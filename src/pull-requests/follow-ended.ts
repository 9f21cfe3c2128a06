import { nameRequest } from "../model/reviews/name-request.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { findHere, findStart } from "../reconcile/pass/find-here.ts";
import { followMerge, followUnread } from "./after-merge/follow-merge.ts";
import { addAuthors } from "./authors/ask-change-authors.ts";
import { applyDecisions } from "./commands/apply-decisions.ts";
import type { PullRequest } from "./forge/forge.ts";
import { leaveBehind } from "./leave-behind.ts";
import { listAlterers } from "./publish/restore-comment.ts";
import { isFreshly, isOfAnyone, readComments } from "./read-comments.ts";
import { branchOf } from "./review/branch-of.ts";
import type { Faults } from "./review/isolate-faults.ts";
import { holdsOthers, isFollowed, readMerged } from "./review/read-merged.ts";
import { type Ended, type IsDecided, isOnlyAsked, readMissing } from "./review/read-missing.ts";
import type { BroughtRequest, ReviewTools } from "./review/review-tools.ts";
import { spendOn } from "./review/spending.ts";
import { findMergedUnseen } from "./review/take-up-request.ts";
import type { UrgentReports } from "./urgent-reports.ts";

/** What a round knows before it follows the requests that are not open any more. */
export interface BeforeEnded {
  /** The branch's newest commit as the round began. */
  readonly base: string;
  /** The newest one that a pass has seen. */
  readonly seen: string | null;
  readonly open: readonly PullRequest[];
  /** What was read as the round began, and when, by this process's clock. */
  readonly first: Awaited<ReturnType<typeof readMissing>>;
  readonly readAt: number;
  /** Those that were not read then. */
  readonly rest: readonly ReviewRecord[];
  /** Names of those on which a decision was reported that is not read yet. */
  readonly decided: ReadonlySet<string>;
  readonly altered: Parameters<typeof listAlterers>[0];
  readonly isDecided: IsDecided;
  readonly latest: UrgentReports["latest"];
}

/** What is left to do for them. */
export interface AfterEnded {
  /** The branch's newest commit, with what they brought. */
  readonly reached: string;
  /** Whether something was unknown and is to be tried again soon. */
  readonly unfinished: boolean;
  /** Whether something waits for calls of the forge. */
  readonly waits: boolean;
}

/**
 * Reads what has become of requests that are not open any more, answers the comments on them, and reports their outcome: of what was merged once the comments on all of
 * them are read, as a rejection of one may concern the others.
 */
export async function followEnded(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  { base, seen, open, first, readAt, rest, decided, altered, isDecided, latest: findLatest }: BeforeEnded,
): Promise<AfterEnded> {
  const { forge, spending } = tools;
  const { source, records } = tools.pass;
  let [unfinished, waits] = [false, false];
  const last = await readMissing(tools, faults, { missing: rest.filter((one) => !isFollowed(one)), base, decided });
  // What was read before all the plans were made may have changed since.
  const isOld = performance.now() - readAt > MOST_OLD_MS;
  const again = isOld
    ? await readMissing(tools, faults, { missing: first.ended.map(({ record }) => record), base, decided })
    : first;
  const isAgain = new Set(again.ended.map(({ record }) => record));
  // A merge that could not be read again is one still.
  const merges = first.ended.filter(({ record, request }) => !isAgain.has(record) && request?.state === "merged");
  const fresh = [...again.ended, ...merges].flatMap(({ record, request }) =>
    request?.state === "merged" ? [{ name: nameRequest(record), commit: request.merged?.commit ?? null }] : [],
  );
  const isTold = (record: ReviewRecord) => listAlterers(altered, record).length > 0;
  const merged = await readMerged(tools, faults, { merged: rest.filter(isFollowed), fresh, base, isDecided, isTold });
  const ended = [...again.ended, ...merges, ...last.ended, ...merged.ended];
  if ([first, again, last].some((read) => read.waits)) waits = true;
  // Read after the requests, so that it has what their merges brought.
  const isNew = ended.some(
    ({ record, request }) => record.merged === null && (request === null || request.state === "merged"),
  );
  const reached = isNew ? (await source.fetch()).id : base;
  const listed = [...open, ...ended.flatMap(({ request }) => request ?? []), ...merged.unread];
  const read = new Set(listed.map(({ number }) => number));
  const { unreviewed, unseen } = await findMergedUnseen({ tools, faults }, reached, read);
  const left = await findLeft(tools, faults, { ended, base: reached });
  if (left === null) unfinished = true;
  let [hasUnread, isConfirmed] = [merged.unread.some(holdsOthers), true];
  const isTaken = ({ record, request }: Ended) =>
    request?.state === "merged" &&
    request.base === branchOf(tools.pass) &&
    (!isOnlyAsked(record) || unreviewed.has(record.number));
  /** Nothing is handed on while a no on one of them may be unread. */
  const noteUnread = (one: Ended) => {
    // One that was merged into a branch that was the target's has a say, too.
    if ((isTaken(one) || isFollowed(one.record)) && holdsOthers(one.record)) hasUnread = true;
  };
  /** Says of a merged one what the store knows. */
  const reportUnread = async (found: ReviewRecord) => {
    const record = await applyDecisions(tools, found);
    if (record.phase !== "merged") return;
    await followUnread(tools, { record, base: reached, isUnreviewed: unreviewed.has(record.number) });
    if (spending.waiting.has(nameRequest(record))) waits = true;
  };
  /** Reads the comments of one that ended; gives what is left to do then. */
  const readEnded = async (one: Ended, request: PullRequest): Promise<() => Promise<void>> => {
    const isFresh = isFreshly(request, forge.now() ?? (await records.now()));
    const isMerged = request.state === "merged";
    const authored = isMerged ? await addAuthors({ tools, faults }, one.record, request) : one.record;
    const read = await readComments({ tools, faults }, authored, { request, isTold: isTold(one.record) });
    if (read.undecided || isFresh) unfinished = true;
    // One that was read holds by the record.
    if (read.undecided && (read.record.undecided ?? []).length === 0) {
      noteUnread(one);
      return async () => reportUnread(read.record);
    }
    return async () => {
      const record = await applyDecisions(tools, read.record);
      const about = { record, request, former: { commit: base, after: seen }, base: reached };
      const state = { isFresh, isUnreviewed: unreviewed.has(record.number), isUnread: hasUnread };
      const isOver = await followMerge(tools, { ...about, ...state });
      if (!isOver) [unfinished, isConfirmed] = [true, false];
      if (spending.waiting.has(nameRequest(record))) waits = true;
    };
  };
  /** Gives what is to be done once the comments on all others are read, as a no on one of them may concern it; null: nothing. */
  const endOne = async (one: Ended): Promise<(() => Promise<void>) | null> => {
    const { record: found, request } = one;
    if (request === null) return () => leave(tools, found, left);
    // It is being merged, or was opened again since the open ones were listed.
    if (request.state === "open" && request.base === branchOf(tools.pass)) {
      if (request.merging === true && found.merging !== true)
        await records.writeReview({ ...found, merging: true }, null);
      if (isFreshly(request, forge.now() ?? (await records.now()))) unfinished = true;
      return null;
    }
    const isFree = isTaken(one) && merged.turn === "free";
    const told = { request, alterers: listAlterers(altered, found), isDecided };
    const shared = isTaken(one) ? spending.mergedLooks : spending.looks;
    const budget = !isFree && (await isOfAnyone(tools, found, told)) ? shared : null;
    if (budget?.isLeft() === false) {
      waits = true;
      noteUnread(one);
      return isTaken(one) ? () => reportUnread(found) : null;
    }
    const report = await spendOn(spending, budget, () => readEnded(one, request));
    return isTaken(one) ? report : () => spendOn(spending, budget, report);
  };
  // What was reported of one and could not be read may be a no.
  const latest = (found: ReviewRecord): readonly ReviewRecord[] => {
    const record = findLatest(found);
    if (record === null && isFollowed(found) && holdsOthers(found)) hasUnread = true;
    return record === null ? [] : [record];
  };
  const followed = ended.flatMap((one) => latest(one.record).map((record) => ({ ...one, record })));
  const reports: { readonly run: () => Promise<void>; readonly isOfMerge: boolean }[] = [];
  for (const one of [...followed, ...unseen]) {
    tools.signal.throwIfAborted();
    const report = await faults.isolate(async () => ({ run: await endOne(one) }));
    if (report === null) noteUnread(one);
    if (report?.run) reports.push({ run: report.run, isOfMerge: isTaken(one) });
  }
  for (const record of merged.unread.flatMap(latest))
    reports.push({ run: () => reportUnread(record), isOfMerge: true });
  if (hasUnread || merged.unread.length > 0) waits = true;
  for (const { run, isOfMerge } of reports) {
    tools.signal.throwIfAborted();
    const done = await faults.isolate(async () => {
      await run();
      return true;
    });
    if (done === null && isOfMerge) isConfirmed = false;
  }
  if (isConfirmed && !hasUnread) spending.merged.confirm();
  return { reached, unfinished, waits };
}

/** So long after a request was read, it is read again before its end is reported. In milliseconds. */
const MOST_OLD_MS = 5_000;

/** By the names of their records, the requests that the forge does not have any more and the branch has got, as far as it is not applied. */
type Left = ReadonlyMap<string, BroughtRequest>;

/** Null: unknown in this round. */
async function findLeft(
  tools: ReviewTools,
  faults: Faults,
  { ended, base }: { readonly ended: readonly Ended[]; readonly base: string },
): Promise<Left | null> {
  const { records, config } = tools.pass;
  if (!ended.some(({ record, request }) => request === null && record.merged === null)) return new Map();
  const from = findStart(findHere(await records.readState(config.name), config));
  if (from === null) return new Map();
  const brought = await faults.isolate(() => tools.findAuthors([{ from, to: base }]));
  return brought && new Map(brought.flatMap((one) => (one.left === null ? [] : [[one.left, one]])));
}

/** A request that the forge no longer has. As long as it is unknown whether the branch has got it, it is not settled. */
async function leave(tools: ReviewTools, record: ReviewRecord, left: Left | null): Promise<void> {
  if (left === null && record.merged === null) return;
  const brought = left?.get(nameRequest(record));
  if (brought?.isDoubtful !== true) await leaveBehind(tools, record, brought?.commit ?? null);
}
