import type { LiveQueue } from "../model/live.ts";
import type { Route } from "../model/plan.ts";
import type { ClusterAssignment, QueueAssignment } from "./assign-registrations.ts";
import type { Departure } from "./departures.ts";
import type { Leftovers } from "./find-removals.ts";
import { append, isCoNamed, isLive, isWildcard, type World } from "./index-world.ts";
import { sortSelector } from "./queue-fields.ts";

/** What routing is computed from: the world as it is and what the plan decided. */
export interface RoutingFacts {
  readonly world: World;
  readonly clusters: readonly ClusterAssignment[];
  readonly queues: readonly QueueAssignment[];
  readonly departures: ReadonlyMap<string, Departure>;
  readonly leftovers: Leftovers;
  readonly clusterOf: (logical: string) => string;
}

/** A queue's route with the pool it will be bound to. */
export interface FullRoute extends Route {
  readonly pool: string;
}

/** A queue as far as routing goes. */
interface Selector {
  readonly pool: string;
  readonly clusters: readonly string[];
  readonly active: boolean;
}

/** Where every queue sends work before and after the plan, by physical names, sorted by queue. */
export function computeRouting(facts: RoutingFacts): readonly FullRoute[] {
  const { world } = facts;
  const membersAfter = computeMembers(facts);
  const after = computeQueues(facts);
  const names = new Set([...world.queues.keys(), ...after.keys()]);
  return [...names].sort().map((queue) => {
    const live = world.queues.get(queue);
    const before = live !== undefined && isLive(live) ? selectorOf(live) : undefined;
    const next = after.get(queue);
    return {
      queue,
      pool: next?.pool ?? before?.pool ?? "",
      before: resolveRoute(before, world.members),
      after: resolveRoute(next, membersAfter),
    };
  });
}

/** Whether two routes are the same. */
export function sameRoute(left: readonly string[] | null, right: readonly string[] | null): boolean {
  if (left === null || right === null) return left === right;
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function resolveRoute(
  queue: Selector | undefined,
  members: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null {
  if (queue === undefined || !queue.active) return null;
  const all = members.get(queue.pool) ?? [];
  if (isWildcard(queue.clusters)) return [...all].sort();
  const present = new Set(all);
  return sortSelector(queue.clusters).filter((name) => present.has(name));
}

function selectorOf(queue: LiveQueue): Selector {
  return { pool: queue.spec.cluster_pool, clusters: queue.spec.clusters, active: queue.state === "active" };
}

/** The clusters of each pool once the plan is carried out. */
function computeMembers({ world, clusters, departures }: RoutingFacts): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const [pool, names] of world.members) {
    const stay = names.filter((name) => !["move", "delete"].includes(departures.get(name)?.how ?? ""));
    members.set(pool, stay);
  }
  for (const { physical, pool, current, verb } of clusters) {
    const placed = current !== null && isLive(current) && verb !== "move";
    if (!placed) append(members, pool, physical);
  }
  return members;
}

/** The queues once the plan is carried out. */
function computeQueues(facts: RoutingFacts): ReadonlyMap<string, Selector> {
  const { world, clusters, queues, departures, leftovers, clusterOf } = facts;
  const after = new Map<string, Selector>();
  const removed = new Set(leftovers.removals.map(({ object }) => `${object.kind}.${object.name}`));
  const deletable = world.capabilities.queue_state;
  for (const queue of world.queues.values()) {
    if (!isLive(queue)) continue;
    const left = departures.get(queue.name);
    const goesWithCluster = deletable && left?.how === "delete" && isCoNamed(queue, world);
    if (goesWithCluster || (deletable && removed.has(`queue.${queue.name}`))) continue;
    after.set(queue.name, selectorOf(queue));
  }
  for (const { desired, physical, pool } of clusters) {
    after.set(physical, { pool, clusters: [physical], active: desired.state === "active" || !deletable });
  }
  for (const { desired, physical, pool, verb, predecessors } of queues) {
    const selector = isWildcard(desired.spec.clusters) ? ["*"] : desired.spec.clusters.map(clusterOf);
    after.set(physical, { pool, clusters: selector, active: desired.state === "active" || !deletable });
    if (verb === "replace" && deletable) for (const old of predecessors) after.delete(old.name);
  }
  const registers = clusters.some(({ verb }) => verb === "create" || verb === "replace");
  if (registers && !isLive(world.queues.get("default")) && !after.has("default")) {
    after.set("default", { pool: "default", clusters: ["*"], active: true });
  }
  return after;
}
