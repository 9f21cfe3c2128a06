import type { QueuePatch } from "../model/limit-maps.ts";
import type { LiveCluster, LiveQueue } from "../model/live.ts";
import type { JsonObject, Step } from "../model/plan.ts";
import { type PoolConfig, type PoolPatch, QUEUE_DEFAULTS, type QueueSpec } from "../model/spec.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";
import { reactivated, takenElsewhere, vanished } from "./changed-meanwhile.ts";
import { isPlaceStep } from "./place-step.ts";
import { writePlace } from "./write-place.ts";

/**
 * Sends the one write of a step, on what a fresh read says. With `drained`, a delete is sent only on a read that shows the
 * object out of service, under the generation of that read: so nothing that came back meanwhile is deleted. Throws an
 * OperationalError when the write is not carried out.
 */
export async function writeStep(step: Step, tools: TargetTools, facts: StepFacts): Promise<void> {
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

async function writePool(step: Step, { writer }: TargetTools): Promise<void> {
  const name = step.physical_name;
  switch (step.op) {
    case "create":
      return writer.createPool(name, configOf(step));
    case "update":
      return writer.updatePool(name, fields(step).config as PoolPatch);
    case "undelete":
      return writer.undeletePool(name);
    case "delete":
      return writer.deletePool(name);
    default:
      throw impossible(step);
  }
}

async function writeCluster(step: Step, tools: TargetTools, facts: StepFacts): Promise<void> {
  const { writer } = tools;
  const name = step.physical_name;
  switch (step.op) {
    case "create":
      return writer.registerCluster(name, poolOf(step));
    case "move":
      standing(step, await readCluster(step, tools), facts);
      return writer.moveCluster(name, poolOf(step));
    case "drain":
      return writer.setClusterState(name, "draining", standing(step, await readCluster(step, tools), facts).generation);
    case "activate":
      return writer.setClusterState(name, "active", (await readCluster(step, tools)).generation);
    case "undelete":
      return writer.undeleteCluster(name);
    case "delete":
      return writer.deleteCluster(name, deletable(step, await readCluster(step, tools), facts).generation);
    default:
      throw impossible(step);
  }
}

async function writeQueue(step: Step, tools: TargetTools, facts: StepFacts): Promise<void> {
  const { writer } = tools;
  const name = step.physical_name;
  switch (step.op) {
    case "create": {
      const { state, ...spec } = fields(step);
      return writer.createQueue(
        name,
        { ...QUEUE_DEFAULTS, ...spec } as unknown as QueueSpec,
        state === "drained" ? "drained" : "active",
      );
    }
    case "update":
      return writer.updateQueue(name, fields(step) as QueuePatch, facts.seen ?? undefined);
    case "drain":
      return writer.setQueueState(name, "draining", standing(step, await readQueue(step, tools), facts).generation);
    case "activate":
      return writer.setQueueState(name, "active", (await readQueue(step, tools)).generation);
    case "undelete":
      return writer.undeleteQueue(name);
    case "delete":
      return writer.deleteQueue(name, deletable(step, await readQueue(step, tools), facts).generation);
    default:
      throw impossible(step);
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

/** What goes out of service, away or elsewhere is where the plan saw it: in another pool it is somebody else's by now. */
function standing<T extends LiveCluster | LiveQueue>(step: Step, live: T, { pool: seen }: Pick<StepFacts, "pool">): T {
  const pool = live.kind === "cluster" ? live.pool : live.spec.cluster_pool;
  if (seen !== null && pool !== seen && pool !== step.set?.pool) throw takenElsewhere(step, { pool, seen });
  return live;
}

function deletable<T extends LiveCluster | LiveQueue>(step: Step, live: T, facts: StepFacts): T {
  standing(step, live, facts);
  if (facts.drained && live.state !== "drained") throw reactivated(step);
  return live;
}

function fields(step: Step): JsonObject {
  if (step.set === null) throw new Error(`step ${step.id} has nothing to set`);
  return step.set;
}

function configOf(step: Step): PoolConfig {
  return fields(step).config as unknown as PoolConfig;
}

function poolOf(step: Step): string {
  const { pool } = fields(step);
  if (typeof pool !== "string") throw new Error(`step ${step.id} names no pool`);
  return pool;
}

function impossible(step: Step): Error {
  return new Error(`a ${step.kind} has no op ${step.op} (step ${step.id})`);
}
