import { moveReview } from "../../model/reviews/review-phase.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";
import { findHere } from "../../reconcile/pass/find-here.ts";
import type { PullRequest } from "../forge/forge.ts";
import type { Faults } from "./isolate-faults.ts";
import { createRecord, identify, makeReview, NOT_LOOKED_AT } from "./make-review.ts";
import { claimKept } from "./read-kept.ts";
import type { Ended } from "./read-missing.ts";
import type { ReviewTools } from "./review-tools.ts";

/**
 * The merged requests without a reviewable plan, as far as they are not applied: their numbers, and those that no record follows, so that
 * their comments are read, and their outcome is reported as well: opened and merged between two reviews, or on record as ended.
 */
export async function findMergedUnseen(
  { tools, faults }: { readonly tools: ReviewTools; readonly faults: Faults },
  base: string,
  followed: ReadonlySet<number>,
): Promise<{ readonly unreviewed: ReadonlySet<number>; readonly unseen: readonly Ended[] }> {
  const { pass, forge } = tools;
  const { records, config } = pass;
  const state = findHere(await records.readState(config.name), config);
  const commits = await pass.findUnreviewed(state, base);
  const unreviewed = new Set(
    commits.flatMap(({ request }) => (request === null || request.left === true ? [] : request.number)),
  );
  const unseen: Ended[] = [];
  for (const number of unreviewed) {
    const request = followed.has(number) ? null : await forge.readRequest(number);
    if (request?.state !== "merged") continue;
    const record = await faults.isolate(() => takeUpMerged(tools, request));
    if (record !== null) unseen.push({ record, request });
  }
  return { unreviewed, unseen };
}

/**
 * Follows a merged request (again). A record that says that nothing more is to be said hides nothing: the request was closed, and reopened and
 * merged since, or how its commits came could not be known then.
 */
async function takeUpMerged(tools: ReviewTools, request: PullRequest): Promise<ReviewRecord> {
  const { records } = tools.pass;
  const kept = await claimKept(tools, request);
  const at = await records.now();
  if (kept !== null && kept.record.merged !== null) {
    const record: ReviewRecord = { ...moveReview(kept.record, { kind: "resumed" }), updated_at: at };
    await records.writeReview(record, null);
    return record;
  }
  const taken = takeUp(tools, request, kept?.record ?? null, at);
  // What was shown before it was closed proves nothing about the merger.
  const unseen = { verdict: "skipped", digest: null, addresses: [], needs_approval: false } as const;
  const record: ReviewRecord = { ...taken, ...unseen, updated_at: at };
  const verdict = { kind: "skipped", reason: "unseen" } as const;
  await records.writeReview(record, makeReview(tools, record, { verdict, base: null, at }));
  return record;
}

/** The record of an open request; what was known of another head is void, but for who approved which digest. */
export function takeUp(tools: ReviewTools, request: PullRequest, found: ReviewRecord | null, at: string): ReviewRecord {
  const { merging: _former, ...record } = found ?? createRecord(request, tools, at);
  const { sha } = request.head;
  const isSame = record.head === sha;
  const former = isSame
    ? {}
    : {
        ...{ asked: false, missed: 0, digest: null, addresses: [], needs_approval: false },
        ...{ said: null, statuses: NOT_LOOKED_AT, told: null },
      };
  const { title, author, base: branch } = request;
  const now = { ...identify(tools.forge, request), title, author, branch };
  return { ...moveReview(record, { kind: "opened" }), ...former, ...now, head: sha };
}
