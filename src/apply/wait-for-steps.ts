import { OperationalError } from "../model/errors/operational-error.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";
import { type Condition, readCondition } from "./read-condition.ts";

/** How a wait ended. */
export type Waited =
  | { readonly ended: "holds" }
  | { readonly ended: "outlasted"; readonly waitsFor: string }
  | { readonly ended: "cancelled" };

const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 5_000;
const POLL_GROWTH = 1.5;

/**
 * Polls, at growing intervals up to 5 s, until the conditions of all steps hold in the same poll, or the shortest of the steps' timeouts and
 * the run's is over. A read that fails transiently is retried within that time.
 */
export async function waitForSteps(steps: readonly Step[], context: ApplyContext): Promise<Waited> {
  const { clock, signal } = context;
  const limit = Math.min(context.wait_ms, ...steps.map((step) => step.timeout_ms ?? Number.POSITIVE_INFINITY));
  const end = clock.now() + limit;
  let interval = FIRST_POLL_MS;
  let reported = "";
  for (;;) {
    const waitsFor = await firstUnmet(steps, context, clock.now() < end);
    if (waitsFor === null) return { ended: "holds" };
    if (signal.aborted) return { ended: "cancelled" };
    if (clock.now() >= end) return { ended: "outlasted", waitsFor };
    if (waitsFor !== reported)
      for (const step of steps) context.onEvent({ type: "progress", step: step.id, message: waitsFor });
    reported = waitsFor;
    await clock.sleep(Math.min(interval, end - clock.now()), signal);
    if (signal.aborted) return { ended: "cancelled" };
    interval = Math.min(interval * POLL_GROWTH, LONGEST_POLL_MS);
  }
}

async function firstUnmet(steps: readonly Step[], context: ApplyContext, patient: boolean): Promise<string | null> {
  for (const step of steps) {
    const condition = await readPatiently(step, context, patient);
    if (!condition.holds) return condition.waitsFor;
  }
  return null;
}

async function readPatiently(step: Step, context: ApplyContext, patient: boolean): Promise<Condition> {
  try {
    return await readCondition(step, context);
  } catch (error) {
    if (patient && error instanceof OperationalError && error.next === "retry") {
      return { holds: false, waitsFor: error.message };
    }
    throw error;
  }
}
