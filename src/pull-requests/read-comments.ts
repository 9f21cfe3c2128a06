import { nameRequest } from "../model/reviews/name-request.ts";
import type { ReviewRecord } from "../model/reviews/review-record.ts";
import { handleComments } from "./commands/handle-comments.ts";
import { readReportedRejections } from "./commands/reported-rejections.ts";
import type { PullRequest } from "./forge/forge.ts";
import { restoreComment } from "./publish/restore-comment.ts";
import { restoreStatuses } from "./publish/restore-statuses.ts";
import { branchOf } from "./review/branch-of.ts";
import type { Faults } from "./review/isolate-faults.ts";
import type { IsDecided } from "./review/read-missing.ts";
import type { ReviewTools } from "./review/review-tools.ts";
import { spendOn } from "./review/spending.ts";

/** Comments are read once more after so long, though the forge says that nothing moved: a deleted one may not count. In milliseconds. */
const READ_AGAIN_MS = 10 * 60_000;

/**
 * Forges report whole seconds, and their clocks are not the store's: a change this soon after the comments were read may not have moved any
 * time. In milliseconds.
 */
const SAME_MOMENT_MS = 10_000;

/**
 * Reads the comments where there may be new ones, restores the daemon's own, and runs commands. A failure there is retried in the next
 * round, and blocks nothing else of the request.
 */
export async function readComments(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  { request, isTold }: { readonly request: PullRequest; readonly isTold: boolean },
): Promise<{ readonly record: ReviewRecord; readonly undecided: boolean }> {
  const { pass } = tools;
  const at = await pass.records.now();
  const isNewMerge = request.state === "merged" && record.merged === null;
  const isJudged = (record.undecided ?? []).length === 0;
  const reported = await readReportedRejections(pass.records, record, request);
  const isKnown = isJudged && reported.length === 0;
  const isQuiet = !isNewMerge && !isTold && isKnown && isUnmoved(record, request);
  if (isQuiet && isRead(record, request, at)) return { record, undecided: false };
  // As many are open as their authors like: those that were read longest ago have their turn.
  const isAwaited = Object.keys(record.awaited ?? {}).length > 0;
  const { rereads, branchRereads } = tools.spending;
  const shared = request.head.fork ? rereads : request.state === "open" ? branchRereads : null;
  const budget = isQuiet && !isAwaited ? shared : null;
  if (budget?.isLeft() === false) return { record, undecided: false };
  const read = () => readNow({ tools, faults }, record, { request, isNewMerge, reported });
  return spendOn(tools.spending, budget, read);
}

async function readNow(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  record: ReviewRecord,
  {
    request,
    isNewMerge,
    reported,
  }: {
    readonly request: PullRequest;
    readonly isNewMerge: boolean;
    readonly reported: Awaited<ReturnType<typeof readReportedRejections>>;
  },
): Promise<{ readonly record: ReviewRecord; readonly undecided: boolean }> {
  const { forge, pass } = tools;
  const at = await pass.records.now();
  // An approval by a merge depends on the comment's text: where that can't be checked, the merge is not followed yet.
  const isolate: Faults["isolate"] = isNewMerge ? (task) => task() : faults.isolate;
  const comments = await isolate(() => forge.listComments(request.number));
  if (comments === null) return { record, undecided: true };
  const checked = await isolate(() => restoreComment(tools, record, { comments }));
  const done = await handleComments({ tools, faults }, checked ?? record, { request, comments, reported });
  const { record: handled, finished, undecided } = done;
  // Its merge is held in any case.
  const isUnplanned = handled.verdict === "skipped" && request.head.fork;
  const restores = request.state === "open" && !isUnplanned;
  const restored = restores ? await isolate(() => restoreStatuses(tools, handled)) : handled;
  const isThere = handled.comment === null || comments.some(({ id }) => id === handled.comment);
  const read = {
    ...(restored ?? handled),
    ...(finished && checked !== null && restored !== null ? { read: { moved: request.updated_at, at } } : {}),
    ...(isThere ? {} : { said: null }),
  };
  return { record: read, undecided };
}

/**
 * Whether anyone may have caused a look at a request, so that its calls have a budget: by a comment, a title, or closing it; of a request from a
 * fork by a push, too. What users with rights cause is not: merges, once each and once more to make sure, pushes to the repository, and approvals and rejections
 * as `isDecided` has them, and the first alterations of the daemon's comment by each of the `alterers` within an hour. `isNew`: its newest commit was not looked at yet.
 */
export async function isOfAnyone(
  { pass, spending: { refusals, merged } }: Pick<ReviewTools, "pass" | "spending">,
  record: ReviewRecord,
  {
    request,
    alterers,
    isNew = false,
    isDecided,
  }: {
    readonly request: PullRequest;
    readonly alterers: readonly string[];
    readonly isNew?: boolean;
    readonly isDecided: IsDecided;
  },
): Promise<boolean> {
  const { undecided = [], awaited = {} } = record;
  if (isNew && !request.head.fork) return false;
  // The merge itself is of a user with rights, also where the request was closed before.
  if (request.state === "merged" && record.phase !== "merged" && request.base === branchOf(pass)) return false;
  if (undecided.length > 0 || Object.keys(awaited).length > 0) return false;
  const isAltered = alterers.length > 0;
  if (!isNew && !isAltered && isUnmoved(record, request)) return false;
  if (isUnsettled(record) && merged.takeSettling(nameRequest(record))) return false;
  if (await isDecided(record)) return false;
  // Who may write to the repository could alter each comment again as soon as it is restored.
  const payer = alterers.find((login) => !refusals.isSpent("alter", login));
  if (payer === undefined) return true;
  refusals.note("alter", payer);
  return false;
}

/** Whether the comments on a merged request were read at the moment of its merge alone: what was written then may not have been there. */
function isUnsettled({ phase, merged, read }: ReviewRecord): boolean {
  if (phase !== "merged" || merged === null) return false;
  return read === null || Date.parse(read.at) - Date.parse(merged.at) < SAME_MOMENT_MS;
}

/** Whether all comments that there can be by now were read. */
function isRead(record: ReviewRecord, request: PullRequest, now: string): boolean {
  const ageMs = Date.parse(now) - Date.parse(record.read?.at ?? "");
  // After a clock was set back, the time since then is unknown.
  return isUnmoved(record, request) && ageMs >= 0 && ageMs < READ_AGAIN_MS;
}

/** Whether the request is as it was when its comments were read. */
function isUnmoved({ read }: ReviewRecord, { updated_at }: PullRequest): boolean {
  if (read === null) return false;
  return read.moved === updated_at && Date.parse(read.at) - Date.parse(updated_at) >= SAME_MOMENT_MS;
}

/** Whether a comment may be written at the moment at which a request changed last, by the forge's own clock: what is read now may not have it. */
export function isFreshly({ updated_at }: PullRequest, now: string): boolean {
  return Date.parse(now) - Date.parse(updated_at) < SAME_MOMENT_MS;
}
