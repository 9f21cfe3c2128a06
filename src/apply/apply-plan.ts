import type { Address } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import { isOnTheWay, listOwnDrains } from "../model/ledger/own-drains.ts";
import { type DrainedObject, TAKEN_BACK } from "../model/ledger/refusal.ts";
import { type ApplyReport, isComplete, type StepResult } from "../model/plan/apply-report.ts";
import type { Plan } from "../model/plan/plan.ts";
import { indexChanges } from "../model/plan/put-back.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext, ApplyOptions, ApplyTools, QueueWrite } from "./apply-context.ts";
import { readStayingMembers } from "./find-staying-members.ts";
import { logUnanswered } from "./log-unanswered.ts";
import { moveRecords } from "./move-records.ts";
import { describeIntent } from "./recall.ts";
import { createOwnershipRecorder, type OwnershipRecorder } from "./record-ownership.ts";
import { resultOf, runStep, unrecorded } from "./run-step.ts";
import { settleBegun, settleIntents } from "./settle-intents.ts";
import { noteTakenBack } from "./settle-refusals.ts";
import { summariseRun } from "./summarise-run.ts";
import { createRefusals, type Refusals } from "./take-back.ts";

/**
 * Applies a plan exactly as it is: every step after those that it depends on, independent ones concurrently. When a step fails, only the
 * steps that depend on it are skipped; after a failure no pure destroy starts. When the signal is aborted, calls in flight are finished and no
 * step starts. Errors of the control plane are in the report and never thrown. Throws an OperationalError when the ledger fails before the
 * first step or after the last.
 */
export async function applyPlan(given: Plan, tools: ApplyTools, options: ApplyOptions): Promise<ApplyReport> {
  if (options.cause !== null) await logUnanswered({ ...tools, plan: given }, options.run_id);
  const plan = await moveRecords({ ...tools, ...options, plan: given });
  const stepOf = new Map(plan.steps.map((step) => [step.id, step]));
  const claimOf = new Map(plan.ownership.claim.map((claim) => [claim.address, claim]));
  const selectorsOf = Map.groupBy(plan.steps.filter(setsSelector), ({ physical_name }) => physical_name);
  const found = { stepOf, claimOf, changeOf: indexChanges(plan), selectorsOf };
  const staying = readStayingMembers(plan, tools);
  // Where it fails, the steps that ask for it do.
  await staying.catch(() => {});
  const context: ApplyContext = { ...tools, ...options, ...found, plan, written: new Map(), staying };
  const earlier = await listEarlierDrains(tools);
  const recorder = await createOwnershipRecorder(context);
  await recorder.recordKept();
  const refusals = createRefusals(context);
  const results = await walkSteps(context, recorder, refusals);
  const report = summariseRun(plan, results, { refused: [...refusals.listGivenUp(), ...listWaiting(plan)], earlier });
  const unfinished = new Set(results.filter((result) => result.status !== "applied").map((result) => result.address));
  await recorder.recordUnchanged((address) => !unfinished.has(address));
  // An interrupted run may have lost its lease.
  if (options.signal.aborted) return report;
  const whole = isComplete(report) && isWhole(plan);
  const recorded = new Set([...claimOf.keys()].filter((address) => !unfinished.has(address)));
  await settleIntents(context, { unfinished, recorded, whole });
  if (whole) await settleBegun(context);
  return report;
}

/** What earlier runs have drained on its way, also those of a backup that was restored: its change is to be made still. */
async function listEarlierDrains({ ledger }: Pick<ApplyTools, "ledger">): Promise<readonly DrainedObject[]> {
  const own = listOwnDrains(await ledger.readOwnWrites()).filter(isOnTheWay);
  const open = (await ledger.readOpenIntents()).map(describeIntent);
  const restored = open.flatMap(({ given_up }) => given_up?.drained ?? []);
  return [...own, ...restored].filter(({ is_restored }) => !is_restored);
}

function setsSelector(step: Step): step is QueueWrite {
  return step.kind === "queue" && (step.op === "create" || (step.op === "update" && step.set.clusters !== undefined));
}

/** The changes in place of which a plan puts back into service what was drained for them: they were refused, and are not part of it. */
function listWaiting({ notices }: Plan): readonly Address[] {
  return notices.filter(({ code }) => code === TAKEN_BACK).flatMap(({ addresses }) => addresses as readonly Address[]);
}

/** Whether a plan excludes nothing. */
export function isWhole({ options: { target, exclude } }: Plan): boolean {
  return target.length === 0 && exclude.length === 0;
}

/** The state of a walk through the plan. */
interface Walk {
  readonly results: Map<string, StepResult>;
  /** Steps of an address that are not applied yet. */
  readonly open: Map<Address, number>;
  /** For each step, how many of those before it have not ended. */
  readonly before: Map<string, number>;
  readonly next: ReadonlyMap<string, readonly Step[]>;
  /** Steps that are ready to start, in the plan's order: writes, whose number is limited, and waits, whose number is not. */
  readonly writes: Step[];
  readonly waits: Step[];
  failed: string | null;
}

async function walkSteps(
  context: ApplyContext,
  recorder: OwnershipRecorder,
  refusals: Refusals,
): Promise<readonly StepResult[]> {
  const { plan } = context;
  const walk = startWalk(plan);
  const destroyed = new Set(plan.changes.filter(({ action }) => action === "delete").map(({ address }) => address));
  const running = new Map<string, Promise<StepResult>>();
  let writing = 0;
  const record = async (step: Step) => {
    await recorder.stepApplied(step);
    await noteTakenBack(step, context);
  };
  for (;;) {
    const step = walk.waits.shift() ?? (writing < context.parallelism ? walk.writes.shift() : undefined);
    if (step !== undefined) {
      const hindrance = findHindrance(step, walk, context, destroyed) ?? findRefusal(step, refusals);
      if (hindrance !== null) end(hindrance, walk, context);
      else {
        if (step.op !== "await") writing += 1;
        context.onEvent({ type: "started", step: step.id });
        const run = async () => endRefused(step, await runStep(step, context, record), refusals);
        running.set(step.id, run());
      }
      continue;
    }
    if (running.size === 0) break;
    const result = await Promise.race(running.values());
    running.delete(result.id);
    if (result.op !== "await") writing -= 1;
    // Ownership is recorded before any step that depends on this one is sent.
    end(await recordProgress(result, walk, context, recorder), walk, context);
  }
  const results: StepResult[] = [];
  for (const step of plan.steps) {
    results.push(await refusals.takeBack(step, walk.results.get(step.id) ?? resultOf(step, "cancelled")));
  }
  return [...results, ...refusals.results.values()];
}

/** The result of a drain that is skipped, as the change that needs it was refused in the meantime; null: the drain runs. */
function findRefusal(step: Step, refusals: Refusals): StepResult | null {
  const because = step.op === "drain" ? refusals.givenUp(step.address) : undefined;
  return because === undefined
    ? null
    : { ...resultOf(step, "skipped"), because, message: `${because} was not applied` };
}

/** Takes back what was drained for a step that was refused; a wait that ends because of that is skipped, not failed. */
async function endRefused(step: Step, result: StepResult, refusals: Refusals): Promise<StepResult> {
  const because = result.code === "reactivated" ? refusals.wasTakenBack(step) : undefined;
  if (because === undefined) return refusals.takeBack(step, result);
  return { ...resultOf(step, "skipped"), because, message: `${because} was not applied` };
}

function startWalk(plan: Plan): Walk {
  const next = new Map<string, Step[]>();
  for (const step of plan.steps) {
    for (const id of step.after) {
      const followers = next.get(id);
      if (followers === undefined) next.set(id, [step]);
      else followers.push(step);
    }
  }
  const before = new Map(plan.steps.map((step) => [step.id, step.after.length]));
  const walk: Walk = { results: new Map(), open: countSteps(plan), before, next, writes: [], waits: [], failed: null };
  for (const step of plan.steps) if (step.after.length === 0) offer(step, walk);
  return walk;
}

function offer(step: Step, walk: Walk): void {
  (step.op === "await" ? walk.waits : walk.writes).push(step);
}

function countSteps(plan: Plan): Map<Address, number> {
  const open = new Map<Address, number>();
  for (const { address } of plan.steps) open.set(address, (open.get(address) ?? 0) + 1);
  return open;
}

function end(result: StepResult, walk: Walk, context: ApplyContext): void {
  walk.results.set(result.id, result);
  if (result.status === "failed") walk.failed ??= result.id;
  context.onEvent({ type: "ended", result });
  for (const step of walk.next.get(result.id) ?? []) {
    const before = (walk.before.get(step.id) ?? 1) - 1;
    walk.before.set(step.id, before);
    if (before === 0) offer(step, walk);
  }
}

/** Records ownership once the last step of a change is applied; where the store fails, the step counts as failed. */
async function recordProgress(
  result: StepResult,
  walk: Walk,
  { stepOf }: ApplyContext,
  recorder: OwnershipRecorder,
): Promise<StepResult> {
  const step = stepOf.get(result.id);
  if (result.status !== "applied" || step === undefined) return result;
  try {
    const left = (walk.open.get(step.address) ?? 1) - 1;
    walk.open.set(step.address, left);
    if (left === 0) await recorder.addressApplied(step.address);
    return result;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return unrecorded(result, error);
  }
}

/** Why a step will not start: a dependency was not applied, the run is interrupted, or another step failed. */
function findHindrance(
  step: Step,
  { results, failed }: Walk,
  { signal }: ApplyContext,
  destroyed: ReadonlySet<Address>,
): StepResult | null {
  for (const id of step.after) {
    const before = results.get(id);
    if (before === undefined || before.status === "applied") continue;
    const because = before.because ?? id;
    return { ...resultOf(step, "skipped"), because, message: `${because} was not applied` };
  }
  if (signal.aborted) return { ...resultOf(step, "cancelled"), message: "interrupted" };
  // A create at the address of a delete restores displaced rows: it destroys nothing.
  if (failed !== null && destroyed.has(step.address) && step.op !== "create") {
    return { ...resultOf(step, "skipped"), because: failed, message: `nothing is destroyed after ${failed} failed` };
  }
  return null;
}
