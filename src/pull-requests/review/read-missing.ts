import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { PullRequest } from "../forge/forge.ts";
import { branchOf } from "./branch-of.ts";
import type { Charges } from "./charges.ts";
import { isUnread } from "./is-unread.ts";
import type { Faults } from "./isolate-faults.ts";
import { readStill } from "./read-kept.ts";
import type { ReviewTools } from "./review-tools.ts";
import { isSameLogin } from "./spell-login.ts";
import { type CallBudget, spendOn } from "./spending.ts";

/** A request that is not open any more, as far as is known of it. Null: the forge does not have it any more. */
export interface Ended {
  readonly record: ReviewRecord;
  readonly request: PullRequest | null;
}

/**
 * What has become of requests that are not open any more. One that can't be read now, or for which no calls are left, is left to the next
 * round. `base`: the branch's newest commit; `decided`: as {@link findDecided} has them; `waits`: calls are missing for one. Throws what concerns the whole
 * forge.
 */
export async function readMissing(
  tools: ReviewTools,
  faults: Faults,
  {
    missing,
    base,
    decided,
  }: { readonly missing: readonly ReviewRecord[]; readonly base: string; readonly decided: ReadonlySet<string> },
): Promise<{ readonly ended: readonly Ended[]; readonly waits: boolean }> {
  const { spending } = tools;
  const ended: Ended[] = [];
  let waits = false;
  for (const record of missing) {
    tools.signal.throwIfAborted();
    const name = nameRequest(record);
    const budget = decided.has(name) ? null : findBudget(tools, record, base);
    if (budget?.isLeft(isOnlyAsked(record) ? CALLS_OF_LOOK : 1) === false) {
      waits = true;
      continue;
    }
    await faults.isolate(async () => {
      ended.push({ record, request: await spendOn(spending, budget, () => readGone(tools, record, base)) });
    });
  }
  return { ended, waits };
}

/**
 * So many are left for the look at one that is read only because of a comment. Else the reads of many would use up all calls in each round, none of
 * them would be looked at, and none would ever be settled again.
 */
const CALLS_OF_LOOK = 20;

/** What reading one is charged to on which no decision was reported; null: nothing. */
function findBudget({ spending }: ReviewTools, record: ReviewRecord, base: string): CallBudget | null {
  if (isOnlyAsked(record)) return spending.looks;
  // It was merged into the branch that the target had before, and a comment may be a rejection of that.
  if (record.merged !== null) return null;
  return spending.missing.findBudget(nameRequest(record), base, spending.looks);
}

/**
 * Reads one of them, and remembers it where it ended without a merge. One that is being merged, or was merged and is not followed
 * yet, is read again.
 */
export async function readGone(tools: ReviewTools, record: ReviewRecord, base: string): Promise<PullRequest | null> {
  const request = await readStill(tools, record);
  const isOver = request === null || request.state === "closed" || request.base !== branchOf(tools.pass);
  if (isOver) tools.spending.missing.noteRead(nameRequest(record), base);
  return request;
}

/** Whether no budget keeps a request from being looked at in this round, as a decision waits there: see {@link openDecided}. */
export type IsDecided = (record: ReviewRecord) => Promise<boolean>;

/** The names of those on which a decision was reported that is not read yet. */
export async function findDecided(
  isDecided: IsDecided,
  missing: readonly ReviewRecord[],
): Promise<ReadonlySet<string>> {
  const decided = new Set<string>();
  for (const record of missing) if (await isDecided(record)) decided.add(nameRequest(record));
  return decided;
}

/**
 * Of each request of one round, whether the webhook has reported an approval or rejection of it since its comments were read, of an account that did not
 * just have several refused. No budget keeps it from being read: what it decides may be waiting on another request. Each such request counts for
 * one account until that has shown that it has the right: many may be closed or merged, and all are named before the first command is refused.
 */
export function openDecided(
  { pass: { records, config }, spending: { refusals } }: Pick<ReviewTools, "pass" | "spending">,
  charges: Pick<Charges, "free">,
): IsDecided {
  const free = new Set<string>();
  const { approvers } = config.policy.approval;
  const isNamed = ({ by }: ReportedComment) => approvers.some((name) => isSameLogin(name, by));
  return async (record) => {
    const name = nameRequest(record);
    if (free.has(name)) return true;
    const reported = await records.readReported(record.place, record.number);
    const waiting = reported.filter((one) => isUnread(record, one) && !refusals.isSpent("decide", one.by));
    const payer = waiting.find(({ by }) => !refusals.isSpent("free", by));
    const isFree = waiting.some(isNamed) || payer !== undefined;
    if (!isFree) return false;
    if (payer !== undefined && !waiting.some(isNamed)) charges.free(payer.by, record);
    free.add(name);
    return true;
  };
}

/**
 * Whether a request is followed only because a comment there asks for another look: it was closed, or what it merged is applied, and no comment waits to be
 * judged. Anyone can write that comment.
 */
export function isOnlyAsked(record: ReviewRecord): boolean {
  const { phase, outcome, verdict, asked_again, undecided = [], awaited = {} } = record;
  if (asked_again === undefined || undecided.length > 0 || Object.keys(awaited).length > 0) return false;
  // One that was dropped in silence has no outcome once it is followed again.
  const isSilent = outcome === null && (verdict === "unconcerned" || verdict === "skipped");
  return phase === "closed" || (phase === "merged" && (outcome?.kind === "applied" || isSilent));
}
