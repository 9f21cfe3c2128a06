import { OperationalError } from "../model/operational-error.ts";
import { phaseOf } from "../model/plan.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isIdle } from "./read-condition.ts";

/**
 * Enters into the change log what runs have sent that ended before they knew its outcome, and that the plan goes on with: before anything
 * that this run writes. Whether it was carried out nothing tells for certain, and the entry says so.
 */
export async function logUnanswered({ ledger, plan, run_id, cause }: ApplyContext): Promise<void> {
  if (cause === null) return;
  const settled = new Set(plan.ownership.settle);
  for (const { id, run_id: run, address, status } of await ledger.readOpenIntents()) {
    if (run === run_id || status === "intent" || !settled.has(address)) continue;
    await ledger.recordChange(id, "unanswered");
  }
}

/**
 * Closes what this run and those that its plan went on with left open. To be called when a whole plan was carried out: nothing of it
 * is unsettled any more, and no later run may take an old entry for news. What a queue let go of stays open as long as it has work:
 * a later plan that deletes the cluster has to wait for it.
 */
export async function settleIntents({ ledger, plan, run_id, reader }: ApplyContext): Promise<void> {
  const settled = new Set(plan.ownership.settle);
  const open = (await ledger.readOpenIntents()).filter(
    (intent) => intent.run_id === run_id || settled.has(intent.address),
  );
  const released = open.filter(({ step_id }) => phaseOf(step_id) === "let-go");
  const idle = await readIdleQueues([...new Set(released.map(({ physical_name }) => physical_name))], reader);
  // The latest first: what an earlier entry explains is never left without it.
  for (const intent of open.toReversed()) {
    if (phaseOf(intent.step_id) === "let-go" && !idle.has(intent.physical_name)) continue;
    await ledger.closeIntent(intent.id, "settled by a later run");
  }
  // What is as wanted without a step has no record of its own. Where nothing is pruned, it may be another folder's.
  const begun = plan.options.prune === "none" ? [] : await ledger.readOwnWrites();
  for (const address of new Set(begun.map((write) => write.address))) await ledger.settleOwnWrites(address);
}

/** The queues that are known to have no work. */
async function readIdleQueues(names: readonly string[], reader: ApplyContext["reader"]): Promise<ReadonlySet<string>> {
  const idle = new Set<string>();
  for (const name of names) {
    const queue = await reader.getQueue(name).catch(ignoreFault);
    if (queue === undefined) idle.add(name);
    else if (queue !== null) {
      const work = await reader.readInFlight([{ name, pool: queue.spec.cluster_pool }]).catch(ignoreFault);
      const figures = work?.get(name);
      if (figures !== undefined && isIdle(figures)) idle.add(name);
    }
  }
  return idle;
}

/** What can't be told now is told by a later run. */
function ignoreFault(error: unknown): null {
  if (error instanceof OperationalError) return null;
  throw error;
}
