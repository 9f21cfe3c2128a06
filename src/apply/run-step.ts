import { parseAddress } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { JsonObject } from "../model/json/json.ts";
import { CAPABILITIES } from "../model/objects/live.ts";
import { REFUSAL_CODES, type StepResult, type StepStatus } from "../model/plan/apply-report.ts";
import { IN_FLIGHT } from "../model/plan/foresight.ts";
import { isAllowed } from "../model/plan/is-allowed.ts";
import type { Step } from "../model/plan/step.ts";
import { SELECTOR_CHANGED } from "../systems/control-plane/writer.ts";
import { defaultDelay } from "../systems/http/try-again.ts";
import type { ApplyContext, StepFacts, TargetTools } from "./apply-context.ts";
import { takenSincePlan } from "./changed-since-plan.ts";
import { refuseNewSender } from "./find-new-sender.ts";
import { refuseEmptied } from "./find-staying-members.ts";
import { refuseTakenQueue } from "./find-taken-queue.ts";
import { isSettled } from "./is-settled.ts";
import { closeWriteOuts, type Done, journalStep, type StepJournal } from "./journal-step.ts";
import { isWait, type WriteStep } from "./place-step.ts";
import { describeIntent } from "./recall.ts";
import { waitForSteps } from "./wait-for-steps.ts";
import { writeStep } from "./write-step.ts";

const MOST_TRIES = 6;

/**
 * Runs one step: a wait, or a write that is journaled, sent, settled by reading, and retried where that is safe. `record` is called once the
 * write is confirmed, before its journal entry is closed: at any moment the record or the entry has it.
 */
export async function runStep(
  step: Step,
  context: ApplyContext,
  record: (step: Step) => Promise<void>,
): Promise<StepResult> {
  try {
    if (isWait(step)) return await runWait(step, [step], context);
    const unwritten = await prepareTry(step, context);
    if (unwritten !== null) return unwritten;
    const journal = await journalStep(step, context);
    const facts = {
      drained: deletesOnlyDrained(step, context),
      displaced: journal.displaced,
      lost: journal.lost,
      may_be_made: false,
      before: fieldsBefore(step, context),
      pool: poolBefore(step, context),
      seen: selectorSeen(step, context),
    };
    const tools = context.toolsFor?.(journal.leaves) ?? context;
    const ended = await writeUntilSettled(step, context, { facts, journal, tools }).catch(async (error: unknown) => {
      await journal.failed(error);
      throw error;
    });
    if (typeof ended === "string") return await closeStep(step, { journal, how: ended }, record);
    await journal.failed(ended.message);
    return ended;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return describeFailure(step, error);
  }
}

/** The code of a refusal that the server did not give itself: a gateway's, which may refuse for a moment what the server would allow. */
const GATEWAY_REFUSED = "gateway_refused";

function describeFailure(step: Step, { code, message, answered }: OperationalError): StepResult {
  const failed = resultOf(step, "failed");
  if (code === SELECTOR_CHANGED) return { ...failed, message: `${message}. Plan again.`, code };
  if (answered || !REFUSAL_CODES.has(code)) return { ...failed, message, code };
  const why = `${message} A gateway or proxy gave this answer, not the server itself: the step is tried again by the next apply.`;
  return { ...failed, message: why, code: GATEWAY_REFUSED };
}

/**
 * Checks right before each try of a write what other writers have done since the plan. Null: the write is to be sent; else the result of the
 * step without it. Throws an OperationalError where it must not be sent.
 */
async function prepareTry(step: Step, context: ApplyContext): Promise<StepResult | null> {
  const ready = await holdWaits(step, context);
  if (ready.status !== "applied") return ready;
  await refuseNewSender(step, waitsBefore(step, context), context);
  await refuseEmptied(step, context);
  await refuseTakenQueue(step, context);
  return null;
}

/** A written-out queue whose selector another writer has set since stays as it is: the step is done. */
async function leaveChosen(step: Step, { message }: OperationalError, context: ApplyContext): Promise<StepResult> {
  await closeWriteOuts(step.physical_name, context);
  return { ...resultOf(step, "applied"), message };
}

/**
 * The selector that the update of a queue replaces: the one that this run has written before, or else the one that the plan saw. Only a `*`
 * queue is written out. Null: the plan has none, as where it restores a deleted queue, or the step keeps the selector.
 */
function selectorSeen(step: Step, context: ApplyContext): StepFacts["seen"] {
  const writes = context.selectorsOf.get(step.physical_name) ?? [];
  const index = writes.findIndex(({ id }) => id === step.id);
  if (step.op !== "update" || index < 0) return null;
  const shown = shownBefore(step, context);
  // A cluster's change shows its own queue among its fields.
  const before = parseAddress(step.address)?.kind === "cluster" ? (shown?.queue as JsonObject | undefined) : shown;
  const wrote = writes[index - 1]?.set.clusters ?? (step.phase === "write-out" ? ["*"] : before?.clusters);
  return Array.isArray(wrote) ? wrote.map(String) : null;
}

/** Where the store fails, a step counts as failed although its write was made: its entry stays open for the next run. */
async function closeStep(
  step: Step,
  { journal, how }: { readonly journal: StepJournal; readonly how: Done },
  record: (step: Step) => Promise<void>,
): Promise<StepResult> {
  try {
    await record(step);
    await journal.confirmed(how);
    return resultOf(step, "applied");
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return unrecorded(resultOf(step, "failed"), error);
  }
}

/** The result of a step whose write was made and could not be recorded. */
export function unrecorded(result: StepResult, { code, message }: OperationalError): StepResult {
  return { ...result, status: "failed", code, message: `The write was applied, but could not be recorded: ${message}` };
}

/** The result of a step, without message, code and cause. */
export function resultOf(step: Step, status: StepStatus): StepResult {
  const { id, address, kind, physical_name, op, phase, until } = step;
  return { id, address, kind, physical_name, op, phase, until, status, message: null, code: null, because: null };
}

async function runWait(step: Step, waits: readonly Step[], context: ApplyContext): Promise<StepResult> {
  const waited = await waitForSteps(waits, context);
  switch (waited.ended) {
    case "holds":
      return resultOf(step, "applied");
    case "outlasted":
      return { ...resultOf(step, "waiting"), message: waited.waitsFor };
    case "cancelled":
      return { ...resultOf(step, "cancelled"), message: "interrupted while waiting" };
  }
}

/** A condition may have changed while other waits continued: right before the write, all of them have to hold at the same time. */
async function holdWaits(step: Step, context: ApplyContext): Promise<StepResult> {
  const waits = waitsBefore(step, context);
  const waited = waits.length === 0 ? resultOf(step, "applied") : await runWait(step, waits, context);
  const interrupted = waited.status === "applied" && context.signal.aborted;
  return interrupted ? { ...resultOf(step, "cancelled"), message: "interrupted" } : waited;
}

/** The waits that a delete or a move depends on. */
function waitsBefore(step: Step, { stepOf }: ApplyContext): readonly Step[] {
  if (step.op !== "delete" && step.op !== "move") return [];
  return step.after
    .map((id) => stepOf.get(id))
    .filter((other): other is Step => other?.until === "idle" || other?.until === "drained");
}

/** The code of a create whose name is taken. */
const NAME_TAKEN = "already_exists";

/**
 * By what the write is known to be made; else the result of the step without it, as of {@link prepareTry}. The live state settles a write; but a
 * registration counts as made by it only where one of its tries may have reached the control plane.
 */
async function writeUntilSettled(
  step: WriteStep,
  context: ApplyContext,
  { facts, journal, tools }: { readonly facts: StepFacts; readonly journal: StepJournal; readonly tools: TargetTools },
): Promise<StepResult | Done> {
  const { phase } = step;
  let mayBeOurs = false;
  const send = () => writeStep(step, tools, { ...facts, may_be_made: mayBeOurs });
  for (let attempt = 1; ; attempt += 1) {
    const ended = await tryWrite(step, context, send, attempt > 1 ? journal : null);
    if (!(ended instanceof OperationalError)) return ended ?? "answered";
    journal.tried(ended);
    mayBeOurs ||= ended.outcomeUnknown;
    const isChosen = ended.code === SELECTOR_CHANGED;
    // Another writer has set the queue to the selector of the write-out: taken for ours, it would be set back to * later.
    if (isChosen && phase === "write-out" && !mayBeOurs) throw ended;
    // Where the answer to an own write was lost, the retry is refused: the live state decides.
    const isSo = await readSettled(step, ended, context, facts);
    const isTaken = introduces(step) && !mayBeOurs && (isSo || ended.code === NAME_TAKEN);
    if (isTaken && !(await wasSentBefore(step, context))) throw takenSincePlan(step, ended);
    if (isSo) return mayBeOurs ? "found" : "by_another";
    if (isChosen && phase === "restore") return await leaveChosen(step, ended, context);
    if (ended.next !== "retry" || attempt >= MOST_TRIES || context.signal.aborted) throw ended;
    context.onEvent({ type: "progress", step: step.id, message: `retrying: ${ended.message}` });
    const pauseMs = defaultDelay(attempt, ended.retryAfterMs, fractionOf(step.id, attempt));
    // Else a try without an answer could arrive after a later one, and undo what was written in between, with nothing on record of it.
    await context.clock.sleep(Math.max(pauseMs, journal.underWayMs()), context.signal);
    if (context.signal.aborted) throw ended;
  }
}

/** Whether a write makes a registration, and so takes ownership: one that another writer has made is foreign. */
function introduces({ op, kind }: Step): boolean {
  return (op === "create" || op === "undelete") && (kind === "cluster_pool" || kind === "cluster" || kind === "queue");
}

/** Whether an earlier run may have made the registration of this step: its write was not answered, and may have arrived late. */
async function wasSentBefore(step: Step, { ledger, run_id }: ApplyContext): Promise<boolean> {
  const open = (await ledger.readOpenIntents()).filter((intent) => intent.run_id !== run_id).map(describeIntent);
  return open.some(
    ({ registered }) => registered?.kind === step.kind && registered.physical_name === step.physical_name,
  );
}

/** The fields as the plan saw them: where the server has no lock, they are compared before the write, to find other writers' changes. */
function fieldsBefore(step: Step, { changeOf }: ApplyContext): StepFacts["before"] {
  return changeOf(step)?.before ?? null;
}

/** The fields that a change shows of the object of its step; null: it shows those of another registration, or none. */
function shownBefore(step: Step, { changeOf }: ApplyContext): JsonObject | null {
  const { physical_name } = step;
  const change = changeOf(step);
  const isOfChange = change !== undefined && (change.previous_physical_name ?? change.physical_name) === physical_name;
  return isOfChange ? change.before : null;
}

/** The pool in which the plan saw the cluster or queue of a step; null: the step is on another registration or kind. */
function poolBefore(step: Step, context: ApplyContext): StepFacts["pool"] {
  const before = shownBefore(step, context);
  if (!step.address.startsWith(`${step.kind}.`)) return null;
  const pool = step.kind === "cluster" ? before?.pool : step.kind === "queue" ? before?.cluster_pool : null;
  return typeof pool === "string" ? pool : null;
}

/** Where objects have states, none in service is deleted unless the plan was allowed to interrupt its work. */
function deletesOnlyDrained({ address }: Step, { plan }: ApplyContext): boolean {
  return (
    CAPABILITIES[plan.target.generation].cluster_state &&
    !isAllowed(plan.options.allow, { check: IN_FLIGHT, addresses: [address] })
  );
}

async function tryWrite(
  step: WriteStep,
  context: ApplyContext,
  send: () => Promise<void>,
  again: StepJournal | null,
): Promise<StepResult | OperationalError | null> {
  try {
    const unwritten = again === null ? null : await prepareTry(step, context);
    if (unwritten !== null) return unwritten;
    await again?.again();
    await send();
    return null;
  } catch (error) {
    if (error instanceof OperationalError) return error;
    throw error;
  }
}

/** Reads whether the step's effect is live; where that fails too, the error of the write counts. */
async function readSettled(
  step: Step,
  cause: OperationalError,
  context: ApplyContext,
  { displaced }: StepFacts,
): Promise<boolean> {
  try {
    return await isSettled(step, context, displaced);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (!cause.outcomeUnknown) return false;
    throw new OperationalError(
      "outcome_unknown",
      `The outcome of ${step.op} ${step.kind} ${step.physical_name} is unknown: ${cause.message} Reading it also failed: ${error.message} Apply again: the live state is read first.`,
      { next: "wait", outcomeUnknown: true, cause },
    );
  }
}

/** Jitter between 0 and 1, different for each step and try, so that retries of many steps spread out. */
function fractionOf(id: string, attempt: number): number {
  let sum = attempt;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 1_000;
  return sum / 1_000;
}
