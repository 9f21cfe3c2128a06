import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../model/json/json.ts";
import { mergeMaps, withoutGone } from "../model/objects/limit-maps.ts";
import { isGone, type LiveCluster, type LiveQueue } from "../model/objects/live.ts";
import { fieldsSet, type Step } from "../model/plan/step.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";
import { isPlaceStep, type NamedStep } from "./place-step.ts";
import { isPlaceSettled } from "./write-place.ts";

/**
 * Whether a step's effect is live, by reading, after its write failed: this settles a lost answer, and what an interrupted run or another
 * writer did first is no error.
 */
export async function isSettled(step: Step, tools: TargetTools, displaced: StepFacts["displaced"]): Promise<boolean> {
  return isPlaceStep(step)
    ? isPlaceSettled(step, tools, displaced)
    : isNamedSettled({ ...step, set: fieldsSet(step) }, tools.reader);
}

/** The part of a step that identifies its effect; `set` as it was journaled, perhaps by an earlier release. */
export type NamedEffect = Pick<NamedStep, "kind" | "op" | "physical_name"> & { readonly set: JsonObject };

/** The same for a pool, a cluster or a queue. */
export async function isNamedSettled(step: NamedEffect, reader: TargetTools["reader"]): Promise<boolean> {
  switch (step.kind) {
    case "cluster_pool": {
      const pool = await reader.getPool(step.physical_name);
      if (step.op === "delete") return pool === undefined || pool.deleted;
      if (pool === undefined || pool.deleted) return false;
      return step.op === "undelete" || includes({ config: pool.config as unknown as Json }, step.set);
    }
    case "cluster":
      return isClusterSettled(step, await reader.getCluster(step.physical_name));
    case "queue":
      return isQueueSettled(step, await reader.getQueue(step.physical_name));
  }
}

function isClusterSettled(step: NamedEffect, cluster: LiveCluster | undefined): boolean {
  if (step.op === "delete") return cluster === undefined || isGone(cluster.state);
  if (cluster === undefined || isGone(cluster.state)) return false;
  if (step.op === "create" || step.op === "move") return cluster.pool === step.set.pool;
  return isInState(step, cluster.state);
}

function isQueueSettled(step: NamedEffect, queue: LiveQueue | undefined): boolean {
  if (step.op === "delete") return queue === undefined || isGone(queue.state);
  if (queue === undefined || isGone(queue.state)) return false;
  if (step.op !== "create" && step.op !== "update") return isInState(step, queue.state);
  const { state, ...spec } = step.set;
  if (state === "drained" && queue.state === "active") return false;
  const live = withSortedSelector(queue.spec as unknown as JsonObject);
  const set = withSortedSelector(spec);
  return hasFields(live, step.op === "create" ? set : withoutGone(mergeMaps(live, set)));
}

function isInState(step: NamedEffect, state: LiveCluster["state"]): boolean {
  if (step.op === "drain") return state === "draining" || state === "drained";
  if (step.op === "activate") return state === "active";
  return step.op === "undelete";
}

function withSortedSelector(spec: JsonObject): JsonObject {
  return Array.isArray(spec.clusters) ? { ...spec, clusters: [...spec.clusters].sort() } : spec;
}

/** Whether all that is set is equal on the live side, at any depth; fields that are not set are ignored. */
function includes(live: Json | undefined, set: Json | undefined): boolean {
  if (live === undefined || !isObject(set) || !isObject(live)) return isDeepStrictEqual(live, set);
  return Object.keys(set).every((key) => includes(live[key], set[key]));
}

/** Whether each field that is set is live as a whole: a map with one more entry is a different map. */
function hasFields(live: JsonObject, set: JsonObject): boolean {
  return Object.keys(set).every((key) => isDeepStrictEqual(live[key], set[key]));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
