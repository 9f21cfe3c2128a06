import { OperationalError } from "../model/operational-error.ts";
import type { Step } from "../model/plan.ts";
import type { ApplyContext } from "./apply-context.ts";

/** The journal entry of one write, to be ended. */
export interface StepJournal {
  confirmed(): Promise<void>;
  failed(error: unknown): Promise<void>;
}

/** Steps whose entry stays open until another one undoes them: a `*` queue that is written out until it is restored. */
export const WRITE_OUT = "/write-out";
const RESTORE = "/restore";

/**
 * Writes down that a step is about to be sent, with the body of what a delete removes, before it is sent. What stays open
 * after a crash tells the next run what may be there.
 */
export async function journalStep(step: Step, context: ApplyContext): Promise<StepJournal> {
  const { ledger, clock, run_id } = context;
  const { id: step_id, address, physical_name, op } = step;
  const body = op === "delete" ? await readBody(step, context) : null;
  const at = new Date(clock.now()).toISOString();
  const entry = await ledger.recordIntent({ run_id, step_id, address, physical_name, op, body, at });
  await ledger.recordSent(entry);
  return {
    confirmed: async () => {
      if (step_id.endsWith(WRITE_OUT)) return;
      await ledger.recordOutcome(entry, "confirmed");
      if (step_id.endsWith(RESTORE)) await closeWriteOuts(physical_name, context);
    },
    failed: async (error) => {
      const unknown = error instanceof OperationalError && error.outcomeUnknown;
      const message = error instanceof Error ? error.message : undefined;
      await ledger.recordOutcome(entry, unknown ? "unknown" : "failed", message);
    },
  };
}

async function closeWriteOuts(queue: string, { ledger }: ApplyContext): Promise<void> {
  for (const intent of await ledger.readOpenIntents()) {
    if (intent.physical_name !== queue || !intent.step_id.endsWith(WRITE_OUT)) continue;
    await ledger.recordOutcome(intent.id, "confirmed");
  }
}

async function readBody(step: Step, { reader }: ApplyContext): Promise<object | null> {
  switch (step.kind) {
    case "cluster_pool":
      return (await reader.getPool(step.physical_name)) ?? null;
    case "cluster":
      return (await reader.getCluster(step.physical_name)) ?? null;
    case "queue":
      return (await reader.getQueue(step.physical_name)) ?? null;
  }
}
