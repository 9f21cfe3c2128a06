import type { Address } from "../model/address.ts";
import type { LiveQueue } from "../model/live.ts";
import type { Route } from "../model/plan.ts";
import { ignores } from "./assign-registrations.ts";
import type { Decisions } from "./decisions.ts";
import { effectiveSelector, endsActive } from "./effective-queue.ts";
import { append, isCoNamed, isLive, isWildcard, type World } from "./index-world.ts";
import { settledState, sortSelector } from "./queue-fields.ts";

/** A queue's route, with what it could reach by selector and membership alone, in service or not. */
export interface FullRoute extends Route {
  readonly pool: string;
  readonly reach: { readonly before: readonly string[] | null; readonly after: readonly string[] | null };
}

/** A queue as far as routing goes. */
interface Selector {
  readonly pool: string;
  readonly clusters: readonly string[];
  readonly active: boolean;
}

/** Clusters by pool, and which of them take work. */
interface Membership {
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly inService: (cluster: string) => boolean;
}

/**
 * Where every queue sends work before and once the chosen changes are made, by physical names, sorted by queue. Clusters out
 * of service are left out of a route, and in what it could reach.
 */
export function computeRouting(decisions: Decisions, chosen: ReadonlySet<Address>): readonly FullRoute[] {
  const { world } = decisions;
  const part = choosePart(decisions, chosen);
  const before: Membership = {
    members: world.members,
    inService: (name) => world.clusters.get(name)?.state === "active",
  };
  const after = computeMembership(part);
  const queues = computeQueues(part);
  const names = new Set([...world.queues.keys(), ...queues.keys()]);
  return [...names].sort().map((queue) => {
    const live = world.queues.get(queue);
    const old = live !== undefined && isLive(live) ? selectorOf(live) : undefined;
    const next = queues.get(queue);
    const reach = { before: reachOf(old, before), after: reachOf(next, after) };
    return {
      queue,
      pool: next?.pool ?? old?.pool ?? "",
      before: reach.before?.filter(before.inService) ?? null,
      after: reach.after?.filter(after.inService) ?? null,
      reach,
    };
  });
}

/** Whether two routes are the same. */
export function sameRoute(left: readonly string[] | null, right: readonly string[] | null): boolean {
  if (left === null || right === null) return left === right;
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

/** The decisions as if only the chosen changes were made: what is left out stays as it is live. */
function choosePart(decisions: Decisions, chosen: ReadonlySet<Address>): Decisions {
  const { clusters, queues, departures, leftovers } = decisions;
  return {
    ...decisions,
    clusters: clusters.filter(({ desired }) => chosen.has(desired.address)),
    queues: queues.filter(({ desired }) => chosen.has(desired.address)),
    departures: new Map([...departures].filter(([, { address }]) => chosen.has(address))),
    leftovers: { ...leftovers, removals: leftovers.removals.filter(({ address }) => chosen.has(address)) },
  };
}

function reachOf(queue: Selector | undefined, { members }: Membership): readonly string[] | null {
  if (queue === undefined || !queue.active) return null;
  const all = members.get(queue.pool) ?? [];
  if (isWildcard(queue.clusters)) return [...all].sort();
  const present = new Set(all);
  return sortSelector(queue.clusters).filter((name) => present.has(name));
}

function selectorOf(queue: LiveQueue): Selector {
  return { pool: queue.spec.cluster_pool, clusters: queue.spec.clusters, active: queue.state === "active" };
}

/** The clusters of each pool once the plan is carried out, and which of them take work then. */
function computeMembership({ world, clusters, departures }: Decisions): Membership {
  const members = new Map<string, string[]>();
  for (const [pool, names] of world.members) {
    members.set(
      pool,
      names.filter((name) => !["move", "delete"].includes(departures.get(name)?.how ?? "")),
    );
  }
  const settled = new Map<string, boolean>();
  for (const assignment of clusters) {
    const { desired, physical, pool, current, verb } = assignment;
    const placed = current !== null && isLive(current) && verb !== "move";
    if (!placed) append(members, pool, physical);
    const state = current !== null && ignores(assignment, "state") ? settledState(current.state) : desired.state;
    settled.set(physical, !world.capabilities.cluster_state || state === "active");
  }
  const inService = (name: string) => settled.get(name) ?? world.clusters.get(name)?.state === "active";
  return { members, inService };
}

/** The queues once the plan is carried out. */
function computeQueues(decisions: Decisions): ReadonlyMap<string, Selector> {
  const { world, clusters, queues, clusterOf } = decisions;
  const after = startFromLive(decisions);
  const hasStates = world.capabilities.queue_state;
  for (const assignment of clusters) {
    const { desired, physical, pool, current } = assignment;
    const state = current !== null && ignores(assignment, "state") ? settledState(current.state) : desired.state;
    after.set(physical, { pool, clusters: [physical], active: !hasStates || state === "active" });
  }
  for (const assignment of queues) {
    const { physical, pool, verb, predecessors } = assignment;
    const active = !hasStates || endsActive(assignment);
    after.set(physical, { pool, clusters: effectiveSelector(assignment, clusterOf), active });
    if (verb === "replace" && hasStates) for (const old of predecessors) after.delete(old.name);
  }
  const registers = clusters.some(({ verb }) => verb === "create" || verb === "replace");
  if (registers && !isLive(world.queues.get("default")) && !after.has("default")) {
    after.set("default", { pool: "default", clusters: ["*"], active: true });
  }
  return after;
}

/** The live queues that stay, with those that an interrupted run wrote out restored. */
function startFromLive({ world, departures, leftovers, input }: Decisions): Map<string, Selector> {
  const after = new Map<string, Selector>();
  const removed = new Set(leftovers.removals.map(({ object }) => `${object.kind}.${object.name}`));
  const narrowed = new Set(input.narrowed);
  for (const queue of world.queues.values()) {
    if (!isLive(queue) || goes(queue, world, departures.get(queue.name)?.how, removed)) continue;
    const selector = selectorOf(queue);
    after.set(queue.name, narrowed.has(queue.name) ? { ...selector, clusters: ["*"] } : selector);
  }
  return after;
}

function goes(queue: LiveQueue, world: World, departs: string | undefined, removed: ReadonlySet<string>): boolean {
  if (!world.capabilities.queue_state) return false;
  return (departs === "delete" && isCoNamed(queue, world)) || removed.has(`queue.${queue.name}`);
}
