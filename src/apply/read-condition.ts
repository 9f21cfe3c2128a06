import type { InFlight, LiveQueue } from "../model/objects/live.ts";
import type { Step } from "../model/plan/step.ts";
import type { ApplyContext } from "./apply-context.ts";
import { reactivated, vanished } from "./changed-since-plan.ts";

/** Whether what an await step waits for holds now, and if not, what it is waiting for. */
export type Condition = { readonly holds: true } | { readonly holds: false; readonly waitsFor: string };

const HOLDS: Condition = { holds: true };

/**
 * Reads whether an await step's condition holds. Throws an OperationalError when it never can: the object is gone, or another writer
 * put it back into service.
 */
export async function readCondition(step: Step, context: ApplyContext): Promise<Condition> {
  switch (step.until) {
    case "idle":
      return readIdle(step, context);
    case "drained":
      return step.kind === "queue" ? readDrainedQueue(step, context) : readDrainedCluster(step, context);
    case "registered":
    case "healthy":
      return readRegistration(step, context);
    case "deleted":
      return readDeleted(step, context);
    case null:
      throw new Error(`step ${step.id} waits for nothing`);
  }
}

async function readDrainedCluster(step: Step, { reader }: ApplyContext): Promise<Condition> {
  const cluster = await reader.getCluster(step.physical_name);
  if (cluster === undefined) throw vanished(step);
  if (cluster.state === "drained" || cluster.state === "deleted") return HOLDS;
  if (cluster.state === "active") throw reactivated(step);
  return { holds: false, waitsFor: `cluster ${step.physical_name} still has work` };
}

async function readDrainedQueue(step: Step, { reader }: ApplyContext): Promise<Condition> {
  const queue = await reader.getQueue(step.physical_name);
  if (queue === undefined) throw vanished(step);
  if (queue.state === "drained" || queue.state === "deleted") return HOLDS;
  if (queue.state === "active") throw reactivated(step);
  return { holds: false, waitsFor: `queue ${step.physical_name} still has work` };
}

async function readRegistration(step: Step, { reader }: ApplyContext): Promise<Condition> {
  const cluster = await reader.getCluster(step.physical_name);
  if (cluster === undefined || cluster.state === "deleted") {
    return { holds: false, waitsFor: `cluster ${step.physical_name} is not registered yet` };
  }
  if (step.until === "registered" || cluster.health === "healthy") return HOLDS;
  const reasons = cluster.unhealthy_reasons.length > 0 ? `: ${cluster.unhealthy_reasons.join("; ")}` : "";
  return { holds: false, waitsFor: `cluster ${step.physical_name} is not healthy yet${reasons}` };
}

async function readDeleted(step: Step, { reader }: ApplyContext): Promise<Condition> {
  const record =
    step.kind === "queue" ? await reader.getQueue(step.physical_name) : await reader.getCluster(step.physical_name);
  if (record === undefined || record.state === "deleted") return HOLDS;
  return { holds: false, waitsFor: `${step.kind} ${step.physical_name} is still being deleted` };
}

async function readIdle(step: Step, { reader }: ApplyContext): Promise<Condition> {
  const name = step.physical_name;
  const queue = await reader.getQueue(name);
  if (queue === undefined) return HOLDS;
  const inFlight = await readWork(queue, reader);
  // Unknown is not idle: nothing with work may be deleted.
  if (inFlight === undefined) {
    const since = queue.changed_at === null ? "" : ` since it was last changed (${queue.changed_at})`;
    return { holds: false, waitsFor: `queue ${name} reports no metrics${since}, so it may have work` };
  }
  return isIdle(inFlight) ? HOLDS : { holds: false, waitsFor: describeWork(name, inFlight) };
}

/**
 * Work of a queue; undefined: none is reported. Metrics that the control plane collected before the queue's last change do not count: work that
 * the queue was given in between is not in them, and the change may be the one that ended its work on a cluster.
 */
export async function readWork(
  { name, spec, changed_at }: LiveQueue,
  reader: Pick<ApplyContext["reader"], "readInFlight">,
): Promise<InFlight | undefined> {
  const work = await reader.readInFlight([{ name, pool: spec.cluster_pool, since: changed_at }]);
  return work.get(name);
}

/** Whether the metrics show no work at all. */
export function isIdle({ runs_in_flight, actions_in_flight, current_depth }: InFlight): boolean {
  return runs_in_flight === 0 && actions_in_flight === 0 && current_depth === 0;
}

function describeWork(name: string, { runs_in_flight, actions_in_flight, current_depth }: InFlight): string {
  return `queue ${name} has ${runs_in_flight} runs and ${actions_in_flight} actions in flight, ${current_depth} waiting`;
}
