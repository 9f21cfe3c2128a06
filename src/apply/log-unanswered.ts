import { OperationalError } from "../model/errors/operational-error.ts";
import { sameJson } from "../model/json/json.ts";
import type { ChangeResult } from "../model/ledger/change-log.ts";
import type { UnloggedWrite } from "../model/ledger/ledger.ts";
import { isNoOp, type Plan } from "../model/plan/plan.ts";
import { keepValues } from "../model/secrets/keep-values.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isNamedSettled, type NamedEffect } from "./is-settled.ts";

/** What shows the outcome of earlier writes: the systems, and the plan of all that is to be done now. */
export type Showing = Pick<ApplyContext, "ledger" | "reader" | "plan">;

/**
 * Enters the writes of runs that ended before they knew the outcome into the change log, each once: as found, where a read shows them, else as
 * unanswered. Call it under the lease and before anything is written, as later writes hide them. What can't be read now is left to a later run.
 */
export async function logUnanswered(showing: Showing, run_id: string): Promise<void> {
  const { ledger } = showing;
  for (const write of await ledger.readUnlogged()) {
    if (write.intent.run_id === run_id) continue;
    const result = await findResult(write, showing).catch(ignoreFault);
    if (result !== null) await ledger.recordChange(write.intent.id, result);
  }
}

async function findResult(write: UnloggedWrite, { reader, plan }: Showing): Promise<ChangeResult> {
  const { wrote, op, physical_name } = write.intent;
  const isDone =
    wrote === null
      ? isShown(write, plan)
      : await isNamedSettled({ ...wrote, physical_name, op: op as NamedEffect["op"] }, reader);
  return isDone ? "found" : "unanswered";
}

/** Whether a plan shows that a value stands in its place: as the write was to make it, or as its commit still wants it. */
function isShown({ intent, after, revision }: UnloggedWrite, { changes, revision: planned }: Plan): boolean {
  const change = changes.find(({ address }) => address === intent.address);
  if (change === undefined || isNoOp(change)) return revision !== null && revision === planned;
  // As the log has kept what was to be written.
  return sameJson(change.before === null ? undefined : keepValues(change.before), after ?? undefined);
}

function ignoreFault(error: unknown): null {
  if (error instanceof OperationalError) return null;
  throw error;
}
