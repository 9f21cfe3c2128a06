import type { DesiredQueue } from "../../model/objects/desired.ts";
import type { LiveQueue } from "../../model/objects/live.ts";
import { isLive, isWildcard, type World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { canMove } from "./assign-clusters.ts";
import { findQueues, type Memory, mayBeOurs, type QueueAssignment } from "./assign-registrations.ts";
import { chooseName } from "./choose-name.ts";

/** What the planner knows of clusters when it turns to queues. */
export interface QueueSurroundings {
  readonly poolOf: (logical: string) => string;
  /** Pools that exist once the plan's pools are made. */
  readonly poolsAfter: ReadonlySet<string>;
  /** Physical names of all clusters once the plan is applied, new registrations included. */
  readonly clustersAfter: ReadonlySet<string>;
  /** The pool that each declared cluster is in once the plan is applied, by physical name. */
  readonly placedIn: ReadonlyMap<string, string>;
}

/** Decides for each desired queue which live queue stands for it and what becomes of it. */
export function assignQueues(
  input: PlanInput,
  world: World,
  memory: Memory,
  around: QueueSurroundings,
): readonly QueueAssignment[] {
  const logical = new Set(input.desired.queues.map((queue) => queue.name));
  const wantedPools = input.desired.queues.map((queue) => around.poolOf(queue.spec.cluster_pool));
  const found = input.desired.queues.map((queue, index) =>
    findQueues(queue, wantedPools[index] ?? "", world, memory, logical),
  );
  const taken = new Set(found.flatMap(({ records }) => records.map((record) => record.name)));
  return input.desired.queues.map((queue, index) => {
    const wantedPool = wantedPools[index] ?? "";
    const { records, foundBy } = found[index] ?? { records: [], foundBy: "none" };
    // An ignored pool is the one it has: neither compared nor changed.
    const ignored = queue.lifecycle.ignore_changes.includes("cluster_pool") ? records[0]?.spec.cluster_pool : undefined;
    const pool = ignored ?? wantedPool;
    // One that is already under way is continued, not started again.
    const asked = input.options.replace.includes(queue.address) && records.length < 2;
    const placed = asked ? undefined : records.find((record) => record.spec.cluster_pool === pool);
    const base = { desired: queue, pool, foundBy, byRequest: false };
    // Where queues can't be deleted, what a replacement leaves behind is no registration any more.
    const others = (standing: LiveQueue) =>
      world.capabilities.queue_state ? records.filter((record) => record !== standing) : [];
    if (placed !== undefined) {
      const predecessors = others(placed);
      const verb = predecessors.length > 0 ? "replace" : "keep";
      return { ...base, physical: placed.name, verb, current: placed, predecessors };
    }
    const first = records[0];
    if (first !== undefined && !asked && canMove(input, world)) {
      return { ...base, physical: first.name, verb: "move", current: first, predecessors: others(first) };
    }
    const name = chooseName(queue.name, queue.name, pool, (candidate) =>
      isQueueFree(candidate, queue, { world, memory, around, taken, logical }),
    );
    taken.add(name);
    const record = world.queues.get(name) ?? null;
    if (first !== undefined) {
      // Where queues can't be deleted, nothing becomes of what only has its name: it is not taken for its own either.
      const isOurs = ({ name: other }: LiveQueue) =>
        other === first.name || world.capabilities.queue_state || mayBeOurs("queue", other, memory);
      const predecessors = records.filter(isOurs);
      return { ...base, physical: name, verb: "replace", current: record, predecessors, byRequest: asked };
    }
    return { ...base, physical: name, verb: record === null ? "create" : "restore", current: record, predecessors: [] };
  });
}

/** What decides about names of new queues. */
interface Naming {
  readonly world: World;
  readonly memory: Memory;
  readonly around: QueueSurroundings;
  readonly taken: ReadonlySet<string>;
  readonly logical: ReadonlySet<string>;
}

function isQueueFree(name: string, queue: DesiredQueue, naming: Naming): boolean {
  const { world, memory, around, taken, logical } = naming;
  if (taken.has(name) || around.clustersAfter.has(name)) return false;
  if (name !== queue.name && logical.has(name)) return false;
  const record = world.queues.get(name);
  if (record === undefined) return true;
  // A name that no manifest gives makes nothing ours: not what is deleted, either.
  const isGiven = name === queue.name || mayBeOurs("queue", name, memory);
  return isGiven && isRestorable(record, world, around);
}

/** A soft-deleted queue can come back when its pool and the clusters that it names are there. */
function isRestorable(record: LiveQueue, world: World, around: QueueSurroundings): boolean {
  if (!world.capabilities.undelete || record.cluster_managed || isLive(record)) return false;
  if (!around.poolsAfter.has(record.spec.cluster_pool)) return false;
  if (isWildcard(record.spec.clusters)) return true;
  // Judged by where clusters end up, so that it is the same before, during and after: the undelete waits for them.
  return record.spec.clusters.every((name) => around.placedIn.get(name) === record.spec.cluster_pool);
}
