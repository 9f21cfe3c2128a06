import { nameRequest } from "../../model/reviews/name-request.ts";
import type { ReportedComment } from "../../model/reviews/reported-comment.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import type { PullRequest } from "../forge/forge.ts";
import { branchOf } from "./branch-of.ts";
import type { Faults } from "./isolate-faults.ts";
import { readStill } from "./read-kept.ts";
import type { ReviewTools } from "./review-tools.ts";
import { spendOn } from "./spending.ts";

/** A request that is not open any more, as far as is known of it. Null: the forge does not have it any more. */
export interface Ended {
  readonly record: ReviewRecord;
  readonly request: PullRequest | null;
}

/**
 * What has become of requests that are not open any more. One that can't be read now, or for which no calls are left, is left to the next
 * round. `base`: the branch's newest commit; `decided`: as {@link findDecided} has them. Throws what concerns the whole forge.
 */
export async function readMissing(
  tools: ReviewTools,
  faults: Faults,
  {
    missing,
    base,
    decided,
  }: { readonly missing: readonly ReviewRecord[]; readonly base: string; readonly decided: ReadonlySet<string> },
): Promise<{ readonly ended: readonly Ended[]; readonly isWhole: boolean }> {
  const { spending } = tools;
  const ended: Ended[] = [];
  let isWhole = true;
  for (const record of missing) {
    tools.signal.throwIfAborted();
    const name = nameRequest(record);
    const isFree = record.merged !== null || decided.has(name);
    const budget = isFree ? null : spending.missing.findBudget(name, base, spending.looks);
    if (budget?.isLeft() === false) {
      isWhole = false;
      continue;
    }
    await faults.isolate(async () => {
      ended.push({ record, request: await spendOn(spending, budget, () => readGone(tools, record, base)) });
    });
  }
  return { ended, isWhole };
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

/** The names of those on which a decision was reported that is not read yet: see {@link isDecided}. */
export async function findDecided(tools: ReviewTools, missing: readonly ReviewRecord[]): Promise<ReadonlySet<string>> {
  const decided = new Set<string>();
  for (const record of missing) if (await isDecided(tools, record)) decided.add(nameRequest(record));
  return decided;
}

/**
 * Whether the webhook has reported an approval or rejection of a request since its comments were read, of an account that did not just have several
 * refused. No budget keeps it from being read: what it decides may be waiting on another request.
 */
export async function isDecided(
  { pass: { records }, spending: { refusals } }: Pick<ReviewTools, "pass" | "spending">,
  record: ReviewRecord,
): Promise<boolean> {
  const reported = await records.readReported(record.place, record.number);
  return reported.some((one) => isUnread(record, one) && !refusals.isSpent("decide", one.by));
}

/** Whether it was reported since the request's comments were read. */
export function isUnread({ read }: Pick<ReviewRecord, "read">, { at }: Pick<ReportedComment, "at">): boolean {
  return at >= (read?.at ?? "");
}
