import { explainUnderWay, findUnderWay } from "../../apply/find-under-way.ts";
import { logUnanswered } from "../../apply/log-unanswered.ts";
import { listGuarded, recordMany } from "../../apply/record-ownership.ts";
import { settleDone, settleIdle } from "../../apply/settle-intents.ts";
import type { TargetConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Cause, DecisionMade } from "../../model/ledger/change-log.ts";
import type { LedgerReader, OwnedObject } from "../../model/ledger/ledger.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import { type ApplyReport, GIVEN_UP, type StepResult } from "../../model/plan/apply-report.ts";
import { type Check, isEmptyPlan, type OwnershipClaim } from "../../model/plan/plan.ts";
import { findOutOfService } from "../../plan/policy/find-out-of-service.ts";
import { holdLease } from "../../store/leases/hold-lease.ts";
import { applyNothing, hasSettled } from "../apply-nothing.ts";
import { applyUnderLease } from "../apply-under-lease.ts";
import { keepPauses } from "../keep-pauses.ts";
import { applyWithdrawal } from "./apply-withdrawal.ts";
import type { PassTools } from "./pass-tools.ts";
import { type OpenRevision, type PassSubject, type PlannedRevision, planRevision } from "./plan-revision.ts";
import { refuseOutdated } from "./refuse-outdated.ts";

/** Most concurrent writes. */
const PARALLELISM = 10;

const WITHDRAWN = "The approval was withdrawn right before the first write; nothing was written.";

/** How a pass ended, and what it was decided on in the end: planned again where something was written. */
export interface Ending {
  readonly outcome: PassOutcome;
  readonly planned: PlannedRevision;
}

/**
 * Applies what may run, without waiting: objects that have to drain first end the pass as `waiting`, and the next one continues. Before the
 * first write the target's lease is taken, and everything is read and decided again under it. Throws an OperationalError `lease_held` where
 * another run writes, `write_under_way` where a write of a run that is gone may still arrive, `pass_outdated` where another pass was made since this
 * one began, and any error of reading.
 */
export async function applyDecided(tools: PassTools, subject: PassSubject, open: OpenRevision): Promise<Ending> {
  const { planned } = open;
  const { store, config } = tools;
  const end = await endWithoutWrite(tools, open);
  const recording = { lease: planned.lease, openForWriting: async () => store };
  if (end !== null && !(await hasSettled(planned.whole, open.target, recording))) return { outcome: end, planned };
  const lease = await holdLease(store.leases, {
    ttlMs: config.lease.ttl_ms,
    // A write that was sent right before the lease ended is over by then.
    graceMs: config.control_plane.write_timeout_ms,
  });
  try {
    const late = explainUnderWay(await findUnderWay(store, open.target));
    if (late !== null) throw late;
    refuseOutdated(await tools.records.readState(config.name), config, subject.basis);
    const decided_at = await tools.records.now();
    const reopened = await planRevision(tools, subject);
    const current = reopened.planned;
    const rest = await endWithoutWrite(tools, reopened);
    if (rest !== null) {
      lease.check();
      const showing = { ledger: store.under(lease.record), plan: current.whole, reader: reopened.target.reader };
      await logUnanswered(showing, subject.call.id);
      const settle = rest.kind === "synced" ? settleDone : settleIdle;
      await settle({ ledger: store.under(lease.record), plan: current.whole, reader: reopened.target.reader });
    }
    if (rest !== null) return { outcome: rest, planned: current };
    if (current.part === null) {
      lease.check();
      await recordMany(await listUnguarded(store, current), store.under(lease.record));
      return { outcome: (await endWithoutWrite(tools, reopened)) ?? { kind: "synced" }, planned: current };
    }
    const { approval } = current.decision;
    // Before the first write: an approval opens one rollout, even if this process dies.
    if (approval !== null && !(await tools.records.moveApproval(approval.approval.id, "begin"))) {
      return { outcome: { kind: "cancelled", message: WITHDRAWN, report: null }, planned: current };
    }
    await announceWrites(tools, subject, current);
    const withdrawal = applyWithdrawal(tools.records, {
      ...{ target: config.name, plan: current.part, approval: approval?.approval ?? null },
      ...{ windows: config.policy.windows, decided_at },
    });
    const confirm = async () => {
      await lease.confirm();
      await withdrawal.check();
    };
    const report = await applyUnderLease(current.part, reopened.target, {
      lease: { check: lease.check, now: lease.now, confirm },
      ledger: store.under(lease.record),
      signal: AbortSignal.any([subject.call.signal, lease.lost, withdrawal.signal]),
      waitMs: 0,
      parallelism: PARALLELISM,
      writeMs: config.control_plane.write_timeout_ms,
      runId: subject.call.id,
      cause: describeCause(config, current),
      guards: listGuards(current),
      onEvent: (event) => subject.call.onProgress({ type: "apply", event }),
      // Where this process is killed before, the next pass begins with it.
      beforeNamesEnd: () => keepPauses(tools.records, [config.name], store.readOwned),
    });
    const outcome = withdrawal.signal.aborted
      ? ({ kind: "cancelled", message: withdrawal.signal.reason.message, report } as const)
      : describeReport(report, current);
    return { outcome, planned: current };
  } finally {
    await lease.release().catch(ignoreUnreachableStore);
  }
}

/** Before the first write, too: were this process killed, the next one has to know whose writes the journal has. */
async function announceWrites(
  { records, config }: PassTools,
  { state, basis, revision, call }: PassSubject,
  { begun, part, whole, sealed_by }: PlannedRevision,
): Promise<void> {
  const steps = part?.steps ?? [];
  if (state === null || steps.every(({ op }) => op === "await")) return;
  const drains = steps.some(({ op }) => op === "drain") || findOutOfService(whole, { begun }).length > 0;
  const { digest } = whole;
  const { name: target } = config;
  // What a later revision has in common with it is continued.
  if (drains)
    await records.keepPlan({ target, digest, revision, made_at: await records.now(), plan: whole, sealed_by });
  await records.changeState(target, (kept) => {
    refuseOutdated(kept, config, basis);
    return { ...state, begun: { revision, objects: [...begun].sort(), run: call.id, drains, digest } };
  });
}

/** What a pass comes to when nothing is to be written; null: something is. */
async function endWithoutWrite({ store }: PassTools, { planned, target }: OpenRevision): Promise<PassOutcome | null> {
  const { whole, part, decision, begun, drained, lease } = planned;
  const { held, blocked, rest } = decision;
  if (blocked.length > 0 && part === null) return describeBlocked(blocked, { whole, begun, drained, decision });
  if (part === null) {
    const unguarded = await listUnguarded(store, planned);
    return unguarded.length > 0 ? null : { kind: "held", held, ...(rest === undefined ? {} : { rest }) };
  }
  if (!isEmptyPlan(part)) return null;
  const recording = { ownership: "store", lease, openForWriting: async () => store } as const;
  if ((await applyNothing(part, target, recording, listGuards(planned))) === null) return null;
  return held.length > 0 ? { kind: "held", held } : { kind: "synced" };
}

/** What a plan protects that is not blocked, of what is held in it as well. */
function listGuards({ whole, decision: { blocked } }: PlannedRevision): readonly OwnershipClaim[] {
  return blocked.length > 0 ? [] : whole.ownership.claim;
}

/** What of that is not on record yet. */
async function listUnguarded(store: LedgerReader, planned: PlannedRevision): Promise<readonly OwnedObject[]> {
  const guards = listGuards(planned);
  if (guards.length === 0) return [];
  const owned = new Map((await store.readOwned()).map((object) => [object.address, object]));
  return listGuarded(guards, owned, { orphans: false });
}

function describeBlocked(
  checks: readonly Check[],
  { whole, begun, drained, decision }: Pick<PlannedRevision, "whole" | "begun" | "drained" | "decision">,
): Extract<PassOutcome, { readonly kind: "blocked" }> {
  const out_of_service = findOutOfService(whole, { begun, drained });
  const without = decision.without ?? [];
  return {
    ...{ kind: "blocked", checks },
    ...(without.length === 0 ? {} : { without }),
    ...(out_of_service.length === 0 ? {} : { out_of_service }),
  };
}

function describeReport(report: ApplyReport, planned: PlannedRevision): PassOutcome {
  const { decision, part } = planned;
  const { held, blocked } = decision;
  switch (report.status) {
    case "applied":
      // What was put back all the same says nothing of the rest.
      if (blocked.length > 0) return { ...describeBlocked(blocked, planned), report };
      if (part !== null && isEmptyPlan(part)) return held.length > 0 ? { kind: "held", held } : { kind: "synced" };
      return { kind: "applied", report, held };
    case "waiting":
      return { kind: "waiting", report, held };
    case "cancelled":
      return { kind: "cancelled", message: "The pass was interrupted before it applied everything.", report };
    case "failed": {
      const failures = report.steps.filter(({ status }) => status === "failed");
      const isGivenUp = ({ address }: StepResult) => report.refused?.includes(address) === true;
      const failed = failures.find((step) => !isGivenUp(step)) ?? failures[0];
      const message = failed === undefined ? "A step failed." : `${failed.id}: ${failed.message}`;
      const code = failed !== undefined && isGivenUp(failed) ? GIVEN_UP : (failed?.code ?? "unknown");
      return { kind: "failed", step: "apply", code, message, report };
    }
  }
}

/** A lease that can't be given back ends by itself. */
function ignoreUnreachableStore(error: unknown): void {
  if (!(error instanceof OperationalError)) throw error;
}

/** Why a pass writes: for each address the approval that covers it, the rule for drift, or the grade that runs without being asked. */
function describeCause(
  { name }: Pick<TargetConfig, "name">,
  { whole, decision, sealed_by }: Pick<PlannedRevision, "whole" | "decision" | "sealed_by">,
): Cause {
  const { approval } = decision;
  const [approved, drifted] = [new Set(decision.approved), new Set(decision.drift.alone)];
  const { digest } = whole;
  return {
    ...{ target: name, via: "daemon", digest, sealed_by },
    decide: (address): DecisionMade => {
      if (approval !== null && approved.has(address)) {
        const { id, by, overrides } = approval.approval;
        return { decided_by: "approval", by, approval: id, overrides };
      }
      const decided_by = drifted.has(address) ? "drift" : "auto_apply";
      return { decided_by, by: "poolkeeper", approval: null, overrides: [] };
    },
  };
}
