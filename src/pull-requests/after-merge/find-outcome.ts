import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import type { FollowedOutcome } from "../../model/reviews/review-phase.ts";
import type { ReviewRecord } from "../../model/reviews/review-record.ts";

/** What is known of a merge and of its target. */
export interface MergeFacts {
  readonly record: Pick<ReviewRecord, "merged" | "digest" | "outcome">;
  readonly state: TargetState | null;
  /** Whether the revision that was applied last has the merge. */
  readonly isApplied: boolean;
  /** Whether the revision that was looked at last has it. */
  readonly isReached: boolean;
}

/**
 * The outcome of a merged request: the target's own state once a pass has seen a revision with the merge. What was found applied stays so as it
 * was found: later passes have later times and revisions.
 */
export function findOutcome({ record, state, isApplied, isReached }: MergeFacts): FollowedOutcome {
  const by = record.merged?.by ?? null;
  const pass = state?.last_pass ?? null;
  if (isApplied && record.outcome?.kind === "applied") return record.outcome;
  if (isApplied && state?.applied_revision != null) {
    return { kind: "applied", by, revision: state.applied_revision, at: state.last_success_at ?? state.updated_at };
  }
  if (!isReached && state?.pinned_revision != null) return { kind: "waiting", by, message: describePin(state) };
  if (!isReached || state === null || pass === null) return { kind: "merged", by };
  const { message } = state.status;
  const drained = (reported: string) => {
    const out_of_service = listOutOfService(pass.outcome).filter((name) => !reported.includes(name));
    return out_of_service.length === 0 ? {} : { out_of_service };
  };
  const held = (pass.outcome.kind === "held" || pass.outcome.kind === "applied") && pass.outcome.held.length > 0;
  if (held && pass.digest !== null && state.status.state === "AwaitingApproval") {
    return { kind: "held", by, digest: pass.digest, reviewed: pass.digest === record.digest, ...drained("") };
  }
  const isBad = state.status.state === "Failed" || state.status.state === "Invalid" || pass.outcome.kind === "blocked";
  return { kind: isBad ? "failed" : "waiting", by, message, ...drained(message) };
}

/** What takes no work until the rollout continues. */
function listOutOfService(outcome: PassOutcome): readonly string[] {
  const held = "held" in outcome ? outcome.held.filter(({ out_of_service }) => out_of_service === true) : [];
  const left = outcome.kind === "failed" ? (outcome.report?.left_drained ?? []) : [];
  const blocked = outcome.kind === "blocked" ? (outcome.out_of_service ?? []) : [];
  return [...new Set([...held.map(({ address }) => address), ...left, ...blocked])];
}

function describePin({ target, pinned_revision }: TargetState): string {
  const held = `The target is pinned to revision ${pinned_revision?.slice(0, 12)}: pushed commits are not applied`;
  return `${held} until the branch is followed again (\`poolkeeper reconcile ${target} --follow\`).`;
}
