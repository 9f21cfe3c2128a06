import { parseAddress } from "../model/address.ts";
import type { StepResult, StepStatus } from "../model/apply-report.ts";
import { IN_FLIGHT } from "../model/foresight.ts";
import { isAllowed } from "../model/is-allowed.ts";
import { CAPABILITIES } from "../model/live.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { JsonObject } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { SELECTOR_CHANGED } from "../systems/control-plane/writer.ts";
import { defaultDelay } from "../systems/http/try-again.ts";
import type { ApplyContext, StepFacts } from "./apply-context.ts";
import { takenMeanwhile } from "./changed-meanwhile.ts";
import { refuseNewSender } from "./find-new-sender.ts";
import { refuseTakenQueue } from "./find-taken-queue.ts";
import { isSettled } from "./is-settled.ts";
import { closeWriteOuts, journalStep, type StepJournal } from "./journal-step.ts";
import { isWait, type WriteStep } from "./place-step.ts";
import { describeIntent } from "./recall.ts";
import { waitFor } from "./wait-for.ts";
import { writeStep } from "./write-step.ts";

const MOST_TRIES = 6;

/**
 * Carries out one step: a wait, or a write that is journaled, sent, settled by reading, and tried again where that is safe.
 * `record` is called once it is carried out, before its journal entry is closed: at any moment one of the two knows of it.
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
      before: fieldsBefore(step, context),
      pool: poolBefore(step, context),
      seen: selectorSeen(step, context),
    };
    const ended = await writeUntilSettled(step, context, { facts, journal }).catch(async (error: unknown) => {
      await journal.failed(error);
      throw error;
    });
    if (ended !== null) {
      await journal.failed(ended.message);
      return ended;
    }
    return await closeStep(step, journal, record);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const again = error.code === SELECTOR_CHANGED ? ". Plan again." : "";
    return { ...resultOf(step, "failed"), message: `${error.message}${again}`, code: error.code };
  }
}

/**
 * Looks, right before each try of a write, at what others may have done meanwhile. Null: the write is to be sent; else how the step ends
 * without it. Throws an OperationalError where it must not be sent.
 */
async function prepareTry(step: Step, context: ApplyContext): Promise<StepResult | null> {
  const ready = await holdWaits(step, context);
  if (ready.status !== "applied") return ready;
  await refuseNewSender(step, context);
  await refuseTakenQueue(step, context);
  return null;
}

/** A queue that was written out, and that somebody has set since, is left so: nothing is left to do for it, now or later. */
async function leaveChosen(step: Step, { message }: OperationalError, context: ApplyContext): Promise<StepResult> {
  await closeWriteOuts(step.physical_name, context);
  return { ...resultOf(step, "applied"), message };
}

/**
 * The selector that the update of a queue replaces: what this run has written there before, or else what the plan saw. A queue is written
 * out from `*` alone. Null: the plan says nothing of it, as where it restores a deleted queue, or the step leaves the selector as it is.
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

/** Where the store fails, a step counts as failed although it was carried out: its entry stays open for the next run. */
async function closeStep(step: Step, journal: StepJournal, record: (step: Step) => Promise<void>): Promise<StepResult> {
  try {
    await record(step);
    await journal.confirmed();
    return resultOf(step, "applied");
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return unrecorded(resultOf(step, "failed"), error);
  }
}

/** The result of a step that was carried out and could not be recorded. */
export function unrecorded(result: StepResult, { code, message }: OperationalError): StepResult {
  return { ...result, status: "failed", code, message: `It was applied, but could not be recorded: ${message}` };
}

/** A step's result without a cause. */
export function resultOf(step: Step, status: StepStatus): StepResult {
  const { id, address, kind, physical_name, op, phase, until } = step;
  return { id, address, kind, physical_name, op, phase, until, status, message: null, code: null, because: null };
}

async function runWait(step: Step, waits: readonly Step[], context: ApplyContext): Promise<StepResult> {
  const waited = await waitFor(waits, context);
  switch (waited.ended) {
    case "holds":
      return resultOf(step, "applied");
    case "outlasted":
      return { ...resultOf(step, "waiting"), message: waited.waitsFor };
    case "cancelled":
      return { ...resultOf(step, "cancelled"), message: "interrupted while waiting" };
  }
}

/** What was waited for may have changed while other waits went on: right before the write, all of it has to hold at once. */
async function holdWaits(step: Step, context: ApplyContext): Promise<StepResult> {
  const waits = waitsBefore(step, context);
  const waited = waits.length === 0 ? resultOf(step, "applied") : await runWait(step, waits, context);
  const interrupted = waited.status === "applied" && context.signal.aborted;
  return interrupted ? { ...resultOf(step, "cancelled"), message: "interrupted" } : waited;
}

/** The waits that a step which ends or moves something relies on. */
function waitsBefore(step: Step, { stepOf }: ApplyContext): readonly Step[] {
  if (step.op !== "delete" && step.op !== "move") return [];
  return step.after
    .map((id) => stepOf.get(id))
    .filter((other): other is Step => other?.until === "idle" || other?.until === "drained");
}

/** The code of a create whose name somebody has. */
const NAME_TAKEN = "already_exists";

/**
 * Null: it is carried out; else how the step ended without, as {@link prepareTry} says. What is there settles a write; but a registration counts
 * as made by it only where some try of it may have been carried out.
 */
async function writeUntilSettled(
  step: WriteStep,
  context: ApplyContext,
  { facts, journal }: { readonly facts: StepFacts; readonly journal: StepJournal },
): Promise<StepResult | null> {
  const { phase } = step;
  let mayBeOurs = false;
  for (let attempt = 1; ; attempt += 1) {
    const ended = await tryWrite(step, context, facts, attempt > 1 ? journal : null);
    if (!(ended instanceof OperationalError)) return ended;
    journal.tried(ended);
    mayBeOurs ||= ended.outcomeUnknown;
    const isChosen = ended.code === SELECTOR_CHANGED;
    // Whoever has chosen for a queue what it would be written out as would find it set back to * later.
    if (isChosen && phase === "write-out" && !mayBeOurs) throw ended;
    // One's own write whose answer was lost comes back as a refusal: what is there decides.
    const isSo = await readSettled(step, ended, context, facts);
    const isTaken = introduces(step) && !mayBeOurs && (isSo || ended.code === NAME_TAKEN);
    if (isTaken && !(await wasSentBefore(step, context))) throw takenMeanwhile(step, ended);
    if (isSo) return null;
    if (isChosen && phase === "restore") return await leaveChosen(step, ended, context);
    if (ended.next !== "retry" || attempt >= MOST_TRIES || context.signal.aborted) throw ended;
    context.onEvent({ type: "progress", step: step.id, message: `trying again: ${ended.message}` });
    await context.clock.sleep(defaultDelay(attempt, ended.retryAfterMs, fractionOf(step.id, attempt)), context.signal);
    if (context.signal.aborted) throw ended;
  }
}

/** Whether a write makes a registration, and so makes it ours: what of that somebody else has made is theirs. */
function introduces({ op, kind }: Step): boolean {
  return (op === "create" || op === "undelete") && (kind === "cluster_pool" || kind === "cluster" || kind === "queue");
}

/** Whether an earlier run may have made what this one was to make: its write was not answered, and may have come late. */
async function wasSentBefore(step: Step, { ledger, run_id }: ApplyContext): Promise<boolean> {
  const open = (await ledger.readOpenIntents()).filter((intent) => intent.run_id !== run_id).map(describeIntent);
  return open.some(
    ({ registered }) => registered?.kind === step.kind && registered.physical_name === step.physical_name,
  );
}

/** What no server locks has to be compared with what the plan saw, to see that nobody changed it meanwhile. */
function fieldsBefore(step: Step, { changeOf }: ApplyContext): StepFacts["before"] {
  return changeOf(step)?.before ?? null;
}

/** The fields that a change shows of what its step is about; null: it shows those of another registration, or none. */
function shownBefore(step: Step, { changeOf }: ApplyContext): JsonObject | null {
  const { physical_name } = step;
  const change = changeOf(step);
  const isOfChange = change !== undefined && (change.previous_physical_name ?? change.physical_name) === physical_name;
  return isOfChange ? change.before : null;
}

/** The pool in which the plan saw what a step is about; null: it is about another registration, or not about a cluster or queue. */
function poolBefore(step: Step, context: ApplyContext): StepFacts["pool"] {
  const before = shownBefore(step, context);
  if (!step.address.startsWith(`${step.kind}.`)) return null;
  const pool = step.kind === "cluster" ? before?.pool : step.kind === "queue" ? before?.cluster_pool : null;
  return typeof pool === "string" ? pool : null;
}

/** Where there are states, nothing in service is deleted unless the plan was allowed to interrupt its work. */
function deletesOnlyDrained({ address }: Step, { plan }: ApplyContext): boolean {
  return (
    CAPABILITIES[plan.target.generation].cluster_state &&
    !isAllowed(plan.options.allow, { check: IN_FLIGHT, addresses: [address] })
  );
}

async function tryWrite(
  step: WriteStep,
  context: ApplyContext,
  facts: StepFacts,
  again: StepJournal | null,
): Promise<StepResult | OperationalError | null> {
  try {
    const unwritten = again === null ? null : await prepareTry(step, context);
    if (unwritten !== null) return unwritten;
    await again?.again();
    await writeStep(step, context, facts);
    return null;
  } catch (error) {
    if (error instanceof OperationalError) return error;
    throw error;
  }
}

/** Reads whether the step's effect is there; where even that fails, the write's own error is what counts. */
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
      `Whether ${step.op} of ${step.kind} ${step.physical_name} took effect is unknown: ${cause.message} Reading it failed too: ${error.message} Apply again: what is there is read first.`,
      { next: "wait", outcomeUnknown: true, cause },
    );
  }
}

/** Between 0 and 1, different for each step and try, so that many steps do not try in step. */
function fractionOf(id: string, attempt: number): number {
  let sum = attempt;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 1_000;
  return sum / 1_000;
}
