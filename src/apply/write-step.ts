import type { LiveCluster, LiveQueue } from "../model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../model/objects/spec.ts";
import type { Step, StepOf } from "../model/plan/step.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";
import { reactivated, takenElsewhere, vanished } from "./changed-since-plan.ts";
import { isPlaceStep, type WriteOf, type WriteStep } from "./place-step.ts";
import { writePlace } from "./write-place.ts";

/**
 * Sends the one write of a step, based on a fresh read. With `drained`, a delete is sent only on a read that shows the object out of service,
 * with the generation of that read: so an object that was put back into service in the meantime is not deleted. Throws an OperationalError
 * when the write is not made.
 */
export async function writeStep(step: WriteStep, tools: TargetTools, facts: StepFacts): Promise<void> {
  if (isPlaceStep(step)) return writePlace(step, tools, facts);
  switch (step.kind) {
    case "cluster_pool":
      return writePool(step, tools);
    case "cluster":
      return writeCluster(step, tools, facts);
    case "queue":
      return writeQueue(step, tools, facts);
  }
}

async function writePool(step: StepOf<"cluster_pool">, { writer }: TargetTools): Promise<void> {
  const name = step.physical_name;
  switch (step.op) {
    case "create":
      return writer.createPool(name, step.set.config);
    case "update":
      return writer.updatePool(name, step.set.config);
    case "undelete":
      return writer.undeletePool(name);
    case "delete":
      return writer.deletePool(name);
  }
}

async function writeCluster(step: WriteOf<"cluster">, tools: TargetTools, facts: StepFacts): Promise<void> {
  const { writer } = tools;
  const name = step.physical_name;
  switch (step.op) {
    case "create":
      return writer.registerCluster(name, step.set.pool);
    case "move":
      standing(step, await readCluster(step, tools), facts);
      return writer.moveCluster(name, step.set.pool);
    case "drain":
      return writer.setClusterState(name, "draining", standing(step, await readCluster(step, tools), facts).generation);
    case "activate":
      return writer.setClusterState(name, "active", (await readCluster(step, tools)).generation);
    case "undelete":
      return writer.undeleteCluster(name);
    case "delete":
      return writer.deleteCluster(name, deletable(step, await readCluster(step, tools), facts).generation);
  }
}

async function writeQueue(step: WriteOf<"queue">, tools: TargetTools, facts: StepFacts): Promise<void> {
  const { writer } = tools;
  const name = step.physical_name;
  switch (step.op) {
    case "create": {
      const { state, ...spec } = step.set;
      return writer.createQueue(name, { ...QUEUE_DEFAULTS, ...spec }, state);
    }
    case "update":
      if (step.set.cluster_pool !== undefined) standing(step, await readQueue(step, tools), facts);
      return writer.updateQueue(name, step.set, facts.seen ?? undefined);
    case "drain":
      return writer.setQueueState(name, "draining", standing(step, await readQueue(step, tools), facts).generation);
    case "activate":
      return writer.setQueueState(name, "active", (await readQueue(step, tools)).generation);
    case "undelete":
      return writer.undeleteQueue(name);
    case "delete":
      return writer.deleteQueue(name, deletable(step, await readQueue(step, tools), facts).generation);
  }
}

async function readCluster(step: Step, { reader }: TargetTools): Promise<LiveCluster> {
  const cluster = await reader.getCluster(step.physical_name);
  if (cluster === undefined) throw vanished(step);
  return cluster;
}

async function readQueue(step: Step, { reader }: TargetTools): Promise<LiveQueue> {
  const queue = await reader.getQueue(step.physical_name);
  if (queue === undefined) throw vanished(step);
  return queue;
}

/**
 * The live object of a drain, a delete or a move, if it is in the pool where the plan saw it, or already in the one that it is moved to: in another
 * pool it is foreign by now.
 */
function standing<T extends LiveCluster | LiveQueue>(step: Step, live: T, { pool: seen }: Pick<StepFacts, "pool">): T {
  const pool = live.kind === "cluster" ? live.pool : live.spec.cluster_pool;
  if (seen !== null && pool !== seen && pool !== findNextPool(step)) throw takenElsewhere(step, { pool, seen });
  return live;
}

/** The pool that a step moves its object to; undefined: it moves none. */
function findNextPool(step: Step): string | undefined {
  if (step.kind === "cluster") return step.op === "move" ? step.set.pool : undefined;
  return step.kind === "queue" && step.op === "update" ? step.set.cluster_pool : undefined;
}

function deletable<T extends LiveCluster | LiveQueue>(step: Step, live: T, facts: StepFacts): T {
  standing(step, live, facts);
  if (facts.drained && live.state !== "drained") throw reactivated(step);
  return live;
}
