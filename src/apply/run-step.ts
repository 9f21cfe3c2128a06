import type { StepResult, StepStatus } from "../model/apply-report.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { Step } from "../model/plan.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isSettled } from "./is-settled.ts";
import { journalStep } from "./journal-step.ts";
import { waitFor } from "./wait-for.ts";
import { writeStep } from "./write-step.ts";

const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Carries out one step: a wait, or a write that is journaled, sent, settled by reading, and tried again where that is safe. */
export async function runStep(step: Step, context: ApplyContext): Promise<StepResult> {
  try {
    if (step.op === "await") return await runWait(step, [step], context);
    const waits = waitsBefore(step, context);
    if (waits.length > 0) {
      // What was waited for may have changed while other waits went on: all of it has to hold at one moment.
      const waited = await runWait(step, waits, context);
      if (waited.status !== "applied") return waited;
    }
    const journal = await journalStep(step, context);
    try {
      await writeUntilSettled(step, context);
    } catch (error) {
      await journal.failed(error);
      throw error;
    }
    await journal.confirmed();
    return resultOf(step, "applied");
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return { ...resultOf(step, "failed"), message: error.message, code: error.code };
  }
}

/** A step's result without a cause. */
export function resultOf(step: Step, status: StepStatus): StepResult {
  const { id, address, kind, physical_name, op, until } = step;
  return { id, address, kind, physical_name, op, until, status, message: null, code: null, because: null };
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

/** The waits that a step which ends or moves something relies on. */
function waitsBefore(step: Step, { stepOf }: ApplyContext): readonly Step[] {
  if (step.op !== "delete" && step.op !== "move") return [];
  return step.after
    .map((id) => stepOf.get(id))
    .filter((other): other is Step => other?.until === "idle" || other?.until === "drained");
}

async function writeUntilSettled(step: Step, context: ApplyContext): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const error = await tryWrite(step, context);
    if (error === null) return;
    // One's own write whose answer was lost comes back as a refusal: what is there decides.
    if (await readSettled(step, error, context)) return;
    if (error.next !== "retry" || attempt >= MOST_TRIES || context.signal.aborted) throw error;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    context.onEvent({ type: "progress", step: step.id, message: `trying again: ${error.message}` });
    await context.clock.sleep(error.retryAfterMs ?? spread(pause, step.id, attempt), context.signal);
  }
}

async function tryWrite(step: Step, context: ApplyContext): Promise<OperationalError | null> {
  try {
    await writeStep(step, context);
    return null;
  } catch (error) {
    if (error instanceof OperationalError) return error;
    throw error;
  }
}

/** Reads whether the step's effect is there; where even that fails, the write's own error is what counts. */
async function readSettled(step: Step, cause: OperationalError, context: ApplyContext): Promise<boolean> {
  try {
    return await isSettled(step, context);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (!cause.outcomeUnknown) return false;
    throw new OperationalError(
      "outcome_unknown",
      `Whether ${step.op} of ${step.kind} ${step.physical_name} was carried out is not known: ${cause.message} Reading it failed too: ${error.message} Apply again: what is there is read first.`,
      { next: "wait", outcomeUnknown: true, cause },
    );
  }
}

/** Between half the pause and all of it, different for each step and try, so that many steps do not try in step. */
function spread(pause: number, id: string, attempt: number): number {
  let sum = attempt;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 1_000;
  return pause * (0.5 + sum / 2_000);
}
