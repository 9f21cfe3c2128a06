import { randomUUID } from "node:crypto";
import type { ApprovalEnd, KeptState, TargetState } from "../../model/daemon/daemon-records.ts";
import { type Approval, type ApprovalEvent, counts } from "../../model/passes/approval.ts";
import type { PassOutcome, PassRecord } from "../../model/passes/pass.ts";
import { hasExpired, isSameControlPlane } from "../../plan/policy/find-approval.ts";
import { listReverted } from "../../plan/policy/follow-contests.ts";
import { isApprover } from "../../plan/policy/is-approver.ts";
import { dropReverted } from "../../plan/policy/judge-drift.ts";
import { nameTargetPlace } from "../name-target-place.ts";
import { isOver } from "./is-over.ts";
import { isCarriedOut } from "./next-state.ts";
import type { PassTools } from "./pass-tools.ts";
import type { UnreportedWrites } from "./read-unreported.ts";
import { type Basis, refuseOutdated } from "./refuse-outdated.ts";
import type { Findings } from "./walk-pass.ts";

/** What a pass leaves in the store. */
export interface PassTraces {
  readonly record: PassRecord;
  /** As `findHere` gives it. */
  readonly before: TargetState | null;
  readonly state: TargetState;
  readonly findings: Findings;
  /** The writes since the last report to receivers. */
  readonly unreported: UnreportedWrites;
  /** Approvals that end with the pass. */
  readonly ends: readonly ApprovalEnd[];
}

/**
 * Records what a pass found and did. The state comes last, in one transaction with the notifications and the ends of approvals: what is written
 * twice after a crash before it does no harm. A pass with the same result as the one before it, and without a write, is merged with it. Throws an
 * OperationalError `pass_outdated`, as {@link refuseOutdated}: then the state, approvals and requests are left as they are.
 */
export async function recordPass(
  tools: PassTools,
  { basis, ...known }: Omit<PassTraces, "ends"> & { readonly basis: Basis },
): Promise<void> {
  const { records, config } = tools;
  const traces: PassTraces = { ...known, ends: await findEnds(tools, known) };
  const { record, before, state, findings, ends } = traces;
  const { planned } = findings;
  // One without a change may fail a check as well: who allows that approves it.
  if (planned !== null && (planned.whole.changes.length > 0 || !planned.whole.applyable)) {
    const { target, revision, ended_at } = record;
    const { whole: plan, sealed_by } = planned;
    await records.keepPlan({ target, digest: plan.digest, revision, made_at: ended_at, plan, sealed_by });
  }
  if (planned !== null) {
    const { sightings, drift } = planned.decision;
    const report = "report" in record.outcome ? record.outcome.report : null;
    const reverted = listReverted(report, new Set(drift.addresses));
    await records.writeSightings(record.target, dropReverted(sightings, reverted));
  }
  if (findings.rewritten !== null) await recordRewrite(tools, record, findings.rewritten);
  const applied = state.applied_revision;
  if (applied !== null && applied !== before?.applied_revision) await recordApplied(tools, traces, applied);
  await settleOwned(tools, traces);
  const messages = await tools.draftMessages(traces);
  if (isNews(traces)) await records.recordPass(record);
  const replace = (kept: KeptState | null) => {
    refuseOutdated(kept, config, basis);
    return state;
  };
  await records.changeState(config.name, replace, { ...messages, ends });
  await records.endRequests(findings.requests);
}

/** The newest revision counts all the same; that the one before is not in its history is for people to know. */
async function recordRewrite({ records }: PassTools, record: PassRecord, before: string): Promise<void> {
  const { target, trigger: via, ended_at: at, revision, id: pass } = record;
  const details = { revision, before, pass };
  await records.addAudit({ id: randomUUID(), at, target, who: "poolkeeper", via, action: "rewritten", details });
}

async function recordApplied(
  { records, config }: PassTools,
  { record, findings }: PassTraces,
  revision: string,
): Promise<void> {
  const approval = findings.planned?.decision.approval?.approval.id ?? null;
  const { target, ended_at: at, id: pass } = record;
  const place = nameTargetPlace(config);
  const [last] = await records.readApplied(target, 1);
  // The pass that has applied it was killed before it could write its state.
  if (last?.revision === revision && last.place === place) return;
  const details = { revision, digest: record.digest, pass, approval };
  await records.recordApplied(
    { target, revision, at, digest: record.digest ?? "", pass, approval, place },
    { id: randomUUID(), at, target, who: "poolkeeper", via: record.trigger, action: "apply", details },
  );
}

/** What a revision has taken in is owned from before once nothing of it is left to do: drift and later revisions are measured by it. */
async function settleOwned({ store }: PassTools, { record, findings }: PassTraces): Promise<void> {
  const { planned } = findings;
  if (planned === null) return;
  if (isOver(record.outcome, findings)) await store.settleChanges();
  if (!isCarriedOut(record.outcome, findings)) return;
  const own = record.outcome.kind === "applied" && record.revision !== null ? [record.revision] : [];
  await store.settleRevisions([...new Set([...planned.taking, ...own])]);
}

/**
 * The ends of approvals of which nothing is left to do, whose time is over and of which nothing is begun, whose revision is not the one to apply
 * any more, whose giver may not approve any more before anything is begun, or which were given for another control plane than the target has.
 */
async function findEnds(tools: PassTools, traces: Omit<PassTraces, "ends">): Promise<readonly ApprovalEnd[]> {
  const { record, findings } = traces;
  const ends: ApprovalEnd[] = [];
  for (const approval of (await tools.records.readApprovals(record.target)).filter(counts)) {
    const event =
      findEnd(approval, record, findings) ??
      findLapse(tools, approval, traces) ??
      (await findForeignEnd(tools, approval, findings));
    if (event !== null) ends.push({ id: approval.id, event });
  }
  return ends;
}

/** How an approval ends under which nothing may start any more, though something may be left of its plan; null: it does not. */
function findLapse(
  { config }: PassTools,
  { state, by, expires_at }: Approval,
  { record, findings, state: { begun } }: Omit<PassTraces, "ends">,
): ApprovalEvent | null {
  // To keep it open would keep those who may approve from doing so.
  if (state === "open") return isApprover(config.policy.approval, by) ? null : "supersede";
  const isIdle = begun == null || (begun.objects.length === 0 && begun.run === null);
  const isOver = state === "running" && findings.planned !== null && hasExpired({ expires_at }, record.ended_at);
  return isOver && isIdle ? "expire" : null;
}

/** It does not count again when the target gets its former control plane back: what happened there in between was not seen. */
async function findForeignEnd(
  { records }: PassTools,
  { target, digest }: Approval,
  { planned }: Findings,
): Promise<ApprovalEvent | null> {
  if (planned === null) return null;
  const approved = (await records.findPlans(digest)).find((kept) => kept.target === target);
  return approved === undefined || isSameControlPlane(approved.plan, planned.whole) ? null : "supersede";
}

function findEnd(approval: Approval, record: PassRecord, findings: Findings): ApprovalEvent | null {
  const { planned, isGood } = findings;
  const isItsPass = planned?.decision.approval?.approval.id === approval.id;
  if (isItsPass && isRolledOut(record.outcome, findings)) return "finish";
  if (approval.state === "open" && approval.expires_at <= record.ended_at) return "expire";
  // Nothing of its plan is left, by any writer: what needs an approval later is something else.
  if (planned !== null && isRolledOut(record.outcome, findings)) {
    if (approval.state === "running") return "finish";
    // One that lets what is held through may have been given while this pass ran.
    if (!holdsBack(record.outcome)) return "supersede";
  }
  const isOther = isGood && approval.revision !== record.revision && approval.digest !== record.digest;
  return isOther && planned !== null ? "supersede" : null;
}

/** Whether nothing is left that may run under an approval: drift that is not undone may stay for as long as it likes. */
function isRolledOut(outcome: PassOutcome, findings: Findings): boolean {
  const isOnItsWay = "held" in outcome && outcome.held.some(({ reason }) => reason === "drift_unconfirmed");
  return !isOnItsWay && isCarriedOut(outcome, findings);
}

function holdsBack(outcome: PassOutcome): boolean {
  return "held" in outcome && outcome.held.length > 0;
}

/**
 * Whether a pass has news. One that wrote something has, even where the one before it wrote the same; and so has one that a user requested
 * and waits for, beside any other trigger.
 */
function isNews({ record, before, findings }: PassTraces): boolean {
  const last = before?.last_pass ?? null;
  const isAsked = record.trigger === "request" || findings.requests.length > 0;
  if (last === null || isAsked || hasWritten(record.outcome)) return true;
  const essence = ({ revision, digest, outcome }: PassRecord) => JSON.stringify([revision, digest, outcome]);
  return essence(record) !== essence(last);
}

function hasWritten(outcome: PassOutcome): boolean {
  const steps = "report" in outcome ? (outcome.report?.steps ?? []) : [];
  return steps.some(({ op, status }) => op !== "await" && status === "applied");
}
