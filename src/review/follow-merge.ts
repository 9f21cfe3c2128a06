import type { PullRequest } from "../forge/forge.ts";
import type { ReviewRecord } from "../model/review-record.ts";
import type { Actor } from "../web/daemon-service.ts";
import { findOutcome } from "./find-outcome.ts";
import { makeReview } from "./make-review.ts";
import { publishReview } from "./publish-review.ts";
import type { ReviewTools } from "./review-tools.ts";

/** A request that is not open any more. */
export interface EndedRequest {
  readonly record: ReviewRecord;
  /** Null: the forge has it no more. */
  readonly request: PullRequest | null;
  /** The base branch's newest commit. */
  readonly base: string;
}

/**
 * Says what became of a request that was merged or closed, hands on the approval that its merge or somebody before it gave, and lets
 * go of it once there is nothing more to say. One that goes to another branch now counts as closed.
 */
export async function followMerge(tools: ReviewTools, { record, request, base }: EndedRequest): Promise<void> {
  const { records, config } = tools.pass;
  const at = await records.now();
  if (request?.state !== "merged") return say(tools, { ...record, outcome: { kind: "closed" }, settled: true });
  const { by, commit } = request.merged ?? { by: null, commit: null };
  // A forge that does not tell what the branch got has it in its newest commit.
  const merged = record.merged ?? { by, commit: commit ?? base, at };
  // Nothing was told of it, so nothing is to be followed.
  if (record.verdict === "unconcerned" || record.verdict === "skipped") {
    await records.writeReview(
      { ...record, merged, outcome: { kind: "merged", by }, settled: true, updated_at: at },
      null,
    );
    return;
  }
  const state = await records.readState(config.name);
  const facts = {
    state,
    isApplied: await hasCommit(tools, state?.applied_revision ?? null, merged.commit),
    isReached: await hasCommit(tools, state?.last_pass?.revision ?? null, merged.commit),
  };
  const followed = { ...record, merged };
  const outcome = findOutcome({ record: followed, ...facts });
  const approved = outcome.kind === "held" ? await handOn(tools, followed) : followed;
  await say(tools, { ...approved, outcome, settled: outcome.kind === "applied" });
}

async function hasCommit({ pass: { source } }: ReviewTools, revision: string | null, commit: string): Promise<boolean> {
  if (revision === null) return false;
  const advance = await source.compare(commit, revision);
  return advance === "same" || advance === "forward";
}

/**
 * Gives a plan that waits the approval that somebody gave before the merge, or by it. Only for the plan that they saw, or what is left
 * of it, and only once: whoever takes it back has the last word.
 */
async function handOn(tools: ReviewTools, record: ReviewRecord): Promise<ReviewRecord> {
  const { acts, forge } = tools;
  for (const { digest, by } of listApprovals(tools, record)) {
    const actor: Actor = { name: by, role: "approve", via: forge.kind };
    const answer = await acts.approve(digest, { overrides: [], target: record.target }, actor);
    if (answer.ok || answer.code === "conflict") {
      const spent = { ...record, spent: [...record.spent, digest] };
      await tools.pass.records.writeReview(spent, null);
      return spent;
    }
  }
  return record;
}

function listApprovals({ config }: ReviewTools, record: ReviewRecord) {
  const { approvals, digest, rejected, merged, author, spent } = record;
  const byMerge =
    config.approval === "merge" && digest !== null && merged?.by != null ? [{ digest, by: merged.by }] : [];
  return [...approvals, ...byMerge].filter(
    (given) =>
      !rejected.includes(given.digest) &&
      !spent.includes(given.digest) &&
      (config.self_approval || given.by.toLowerCase() !== author.toLowerCase()),
  );
}

/** The review is the one that was said while it was open, with what became of it. */
async function say(tools: ReviewTools, record: ReviewRecord): Promise<void> {
  const kept = await tools.pass.records.readReview(record.target, record.number);
  if (kept === null) return;
  const { verdict, base, made_at } = kept.review;
  await publishReview(tools, record, { ...makeReview(tools, record, { verdict, base, at: made_at }) });
}
