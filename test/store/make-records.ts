import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { DaemonRecords, OutboxEntry, Pause, TargetState } from "../../src/model/daemon/daemon-records.ts";
import type { Approval } from "../../src/model/passes/approval.ts";
import type { AuditEntry } from "../../src/model/passes/audit-entry.ts";
import type { GivenDecision } from "../../src/model/passes/decision.ts";
import type { PassRecord } from "../../src/model/passes/pass.ts";
import type { MergeGroupRecord } from "../../src/model/reviews/merge-group.ts";
import { OPEN, type ReviewPhase } from "../../src/model/reviews/review-phase.ts";
import type { ReviewFacts, ReviewRecord } from "../../src/model/reviews/review-record.ts";
import { openDatabase } from "../../src/store/open-store.ts";

/** Of the plan that records are about. */
export const DIGEST = "0123456789abcdef".repeat(4);
/** Before anything that is made here, and after it. */
export const PAST = "2026-01-01T00:00:00.000Z";
export const FUTURE = "2999-01-01T00:00:00.000Z";

/** Bytes that a store keeps of each kind where it is to run out of room: enough that its texts count as large. */
export const LITTLE_ROOM = 1_200_000;

/** The records of a store, closed when the test ends. */
export async function openRecords(location: string, mostKeptBytes?: number): Promise<DaemonRecords> {
  const database = await openDatabase(location, mostKeptBytes === undefined ? {} : { mostKeptBytes });
  onTestFinished(() => database.close());
  return database.records;
}

/** Puts a state on record, whatever is there. */
export function writeState(
  records: Pick<DaemonRecords, "changeState">,
  state: TargetState,
  along?: Parameters<DaemonRecords["changeState"]>[2],
): Promise<void> {
  return records.changeState(state.target, () => state, along);
}

/** A pass that ended without a write. */
export const makePass = (set: Partial<PassRecord> = {}): PassRecord => ({
  id: randomUUID(),
  target: "prod",
  trigger: "push",
  started_at: "2026-11-01T12:00:00.000Z",
  ended_at: "2026-11-01T12:00:01.000Z",
  revision: "abc",
  digest: DIGEST,
  outcome: { kind: "refused", message: "größer als ASCII" },
  ...set,
});

/** An approval that counts. */
export const makeApproval = (set: Partial<Approval> = {}): Approval => ({
  id: randomUUID(),
  target: "prod",
  digest: DIGEST,
  revision: "abc",
  by: "ada",
  via: "cli",
  at: "2026-11-01T12:00:00.000Z",
  expires_at: FUTURE,
  overrides: ["window", "black-hole"],
  allowances: [{ check: "black-hole", addresses: ["queue.any"] }],
  state: "open",
  ...set,
});

/** A rejection of what the branch has. */
export const makeDecision = (set: Partial<GivenDecision> = {}): GivenDecision => ({
  ...{ target: "prod", id: randomUUID(), kind: "reject", request: null, head: null, digest: DIGEST, revision: "abc" },
  ...{ effects: ["queue.any 0123456789abcdef"], lifts: [], by: "ada", via: "cli", at: "2026-11-01T12:00:00.000Z" },
  ...set,
});

/** A pause of a whole target. */
export const makePause = (set: Partial<Pause> = {}): Pause => ({
  id: randomUUID(),
  target: "prod",
  address: null,
  registered_as: null,
  by: "ada",
  reason: "holiday",
  at: "2026-11-01T12:00:00.000Z",
  until: null,
  ...set,
});

/** An entry of another target than the other records. */
export const makeAudit = (set: Partial<AuditEntry> = {}): AuditEntry => ({
  id: randomUUID(),
  at: PAST,
  target: "elsewhere",
  who: "ada",
  via: "cli",
  action: "approve",
  details: { of: ["x"] },
  ...set,
});

/** A message that is due. */
export const makeMessage = (set: Partial<OutboxEntry> = {}): OutboxEntry => ({
  id: randomUUID(),
  receiver: "chat",
  key: `prod/failed/${randomUUID()}`,
  body: "{}",
  attempts: 0,
  due_at: PAST,
  ...set,
});

/** A target that was looked at long ago. */
export const makeState = (set: Partial<TargetState> = {}): TargetState => ({
  ...{ target: "prod", status: { state: "Synced", reason: "NothingToDo", message: "", since: PAST } },
  ...{ last_pass: makePass(), applied_revision: "abc", good_revision: "abc", pinned_revision: null, verified: null },
  ...{ last_success_at: PAST, failures: 0, drift_since: null, looked_at: null, updated_at: PAST },
  ...{ drifted: [], contests: [], objects: [], unreachable: [] },
  ...set,
});

/** A request that was planned, and is open unless `phase` says otherwise. */
export const makeReviewRecord = (set: Partial<ReviewFacts> = {}, phase: ReviewPhase = OPEN): ReviewRecord => {
  const status = { state: "success", description: "1 to change" } as const;
  return {
    ...{ target: "prod", place: "gitea acme/pools on git.example.com", number: 7, author: "mona" },
    ...{ url: "https://git.example.com/acme/pools/pulls/7", head: "a".repeat(40), verdict: "planned", digest: DIGEST },
    ...{ addresses: ["queue.batch"], needs_approval: false, approvals: [], rejected: [], spent: [] },
    ...{ asked: false, comment: "12", said: null, statuses: { plan: status, apply: status } },
    ...{ read: { moved: PAST, at: PAST }, handled: ["11"], updated_at: PAST },
    ...set,
    ...phase,
  };
};

/** Closed, and nothing more is to be said. */
export const LEFT: ReviewPhase = {
  ...{ phase: "left", merged: null, outcome: { kind: "closed" }, unlocked: false, settled: true },
};

/** Merged, and nothing is known of its changes yet. */
export const MERGED: ReviewPhase = {
  ...{ phase: "merged", merged: { by: "mona", commit: "b".repeat(40), at: PAST }, outcome: null, unlocked: false },
  settled: false,
};

/** A commit of a merge queue that was planned. */
export const makeGroupRecord = (set: Partial<MergeGroupRecord> = {}): MergeGroupRecord => {
  const { target, place, number, statuses } = makeReviewRecord();
  const about = { target, place, number, statuses, head: "b".repeat(40) };
  return { ...about, pipeline: null, waits_since: null, told: null, updated_at: PAST, ...set };
};
