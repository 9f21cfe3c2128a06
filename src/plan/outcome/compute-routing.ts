import { type Address, formatAddress } from "../../model/address.ts";
import { isInService, type LiveQueue } from "../../model/objects/live.ts";
import { sortSelector } from "../../model/objects/selector.ts";
import type { Route } from "../../model/plan/plan.ts";
import type { ClusterAssignment } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { effectiveSelector, endsActive } from "../decide/effective-queue.ts";
import { endState, endsInService } from "../decide/end-state.ts";
import { isCoNamed, isLive, isWildcard, servesNow } from "../input/index-world.ts";

/** A queue's route, with what it could reach by selector and membership alone, in service or not. */
export interface FullRoute extends Route {
  readonly pool: string;
  /** Whether it is live and keeps its pool and its selector. */
  readonly isKept: boolean;
  readonly reach: { readonly before: readonly string[] | null; readonly after: readonly string[] | null };
}

/** A queue as far as routing goes. */
export interface Selector {
  readonly pool: string;
  readonly clusters: readonly string[];
  readonly active: boolean;
}

/** The clusters of one pool: sorted once, for all of its queues. */
interface Members {
  readonly all: readonly string[];
  readonly names: ReadonlySet<string>;
  /** Those that take work. */
  readonly inService: readonly string[];
  readonly serving: ReadonlySet<string>;
}

/** Routes before and after, computed when they are asked for. */
export interface Routing {
  /** The route of a queue, live or to be. */
  readonly routeOf: (queue: string) => FullRoute;
  /** Queues whose route may change, sorted. */
  readonly touched: readonly string[];
  /** All registrations as they are once the changes are made. */
  readonly listAfter: () => RegistrationsAfter;
}

/** What the steps of a plan set back, of a manifest or of none. */
export interface Undone {
  /** The queues that were written out, and name all clusters of their pool again. */
  readonly restored: ReadonlySet<string>;
  /** What is put into service, as `KIND.NAME`. */
  readonly returned: ReadonlySet<string>;
}

const NOTHING_UNDONE: Undone = { restored: new Set(), returned: new Set() };

/** What decides where work goes, once a plan is applied: by what was decided for each registration, and for others by what is live. */
export interface RegistrationsAfter {
  readonly clusters: readonly { readonly name: string; readonly pool: string; readonly active: boolean }[];
  readonly queues: readonly (Selector & { readonly name: string })[];
}

/**
 * Where queues send work before and once the changes at the given addresses are made, by physical names. Clusters out of
 * service are left out of a route, and in what it could reach. `undone`: default nothing. Cost grows with what changes, not with what exists.
 */
export function computeRouting(
  decisions: Decisions,
  changed: ReadonlySet<Address>,
  undone: Undone = NOTHING_UNDONE,
): Routing {
  const { world } = decisions;
  const part = choosePart(decisions, changed);
  const overlay = overlayQueues(part, undone);
  const pools = touchedPools(part);
  const membersBefore = memoise((pool) =>
    describeMembers(world.members.get(pool) ?? [], (name) => servesNow(name, world)),
  );
  const arrivals = Map.groupBy(part.clusters, (cluster) => cluster.pool);
  const serves = servesAfter(part, undone.returned);
  const membersAfter = memoise((pool) =>
    pools.has(pool) ? describeMembers(membersOf(pool, arrivals.get(pool) ?? [], part), serves) : membersBefore(pool),
  );
  const routeOf = (queue: string): FullRoute => {
    const live = world.queues.get(queue);
    const old = live !== undefined && isLive(live) ? selectorOf(live) : null;
    const changedTo = overlay.get(queue);
    const next = changedTo === undefined ? old : changedTo;
    const before = resolve(old, membersBefore);
    const after = next === old && !pools.has(old?.pool ?? "") ? before : resolve(next, membersAfter);
    const reach = { before: before.reach, after: after.reach };
    const isKept = old !== null && next !== null && sameSelection(old, next);
    return { queue, pool: next?.pool ?? old?.pool ?? "", isKept, before: before.route, after: after.route, reach };
  };
  const touched = new Set(overlay.keys());
  for (const pool of pools) for (const { name } of world.queuesOf.get(pool) ?? []) touched.add(name);
  const listAfter = (): RegistrationsAfter => ({
    clusters: listClusters(part).map(([name, pool]) => ({ name, pool, active: serves(name) })),
    queues: [
      ...new Set([...[...world.queues].flatMap(([name, queue]) => (isLive(queue) ? [name] : [])), ...overlay.keys()]),
    ].flatMap((name) => {
      const live = world.queues.get(name);
      const changedTo = overlay.get(name);
      const next = changedTo === undefined && live !== undefined ? selectorOf(live) : changedTo;
      return next == null ? [] : [{ name, ...next }];
    }),
  });
  return { routeOf, touched: [...touched].sort(), listAfter };
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

interface Resolved {
  readonly reach: readonly string[] | null;
  readonly route: readonly string[] | null;
}

const NOWHERE: Resolved = { reach: null, route: null };

function resolve(queue: Selector | null, membersOfPool: (pool: string) => Members): Resolved {
  if (queue === null || !queue.active) return NOWHERE;
  const { all, names, inService, serving } = membersOfPool(queue.pool);
  if (isWildcard(queue.clusters)) return { reach: all, route: inService };
  const reach = sortSelector(queue.clusters).filter((name) => names.has(name));
  return { reach, route: inService.length === all.length ? reach : reach.filter((name) => serving.has(name)) };
}

function sameSelection(left: Selector, right: Selector): boolean {
  return left.pool === right.pool && sameRoute(sortSelector(left.clusters), sortSelector(right.clusters));
}

function selectorOf(queue: LiveQueue): Selector {
  return { pool: queue.spec.cluster_pool, clusters: queue.spec.clusters, active: queue.state === "active" };
}

function describeMembers(clusters: readonly string[], serves: (cluster: string) => boolean): Members {
  const all = clusters.toSorted();
  const inService = all.filter(serves);
  return { all, names: new Set(all), inService, serving: new Set(inService) };
}

/** Pools that a changed cluster is in before or after. */
function touchedPools({ clusters, departures }: Decisions): ReadonlySet<string> {
  const pools = new Set<string>();
  for (const { pool, current } of clusters) {
    pools.add(pool);
    if (current !== null) pools.add(current.pool);
  }
  for (const { cluster } of departures.values()) pools.add(cluster.pool);
  return pools;
}

/** The clusters of a pool once the plan is applied. */
function membersOf(
  pool: string,
  arrivals: readonly ClusterAssignment[],
  { world, departures }: Decisions,
): readonly string[] {
  const stay = (world.members.get(pool) ?? []).filter(
    (name) => !["move", "delete"].includes(departures.get(name)?.how ?? ""),
  );
  const present = new Set(stay);
  const come = arrivals.filter((assignment) => !present.has(assignment.physical));
  return [...stay, ...come.map(({ physical }) => physical)];
}

/** The pools of all clusters once the plan is applied, by name. */
function listClusters({ world, departures, clusters }: Decisions): readonly (readonly [string, string])[] {
  const pools = new Map(
    [...world.clusters].flatMap(([name, cluster]) => (isLive(cluster) ? [[name, cluster.pool]] : [])),
  );
  for (const [name, { how }] of departures) if (how === "delete") pools.delete(name);
  for (const { physical, pool } of clusters) pools.set(physical, pool);
  return [...pools];
}

/** Whether a cluster is in service once the plan is applied: none enables a cluster that was disabled. */
function servesAfter({ world, clusters }: Decisions, returned: ReadonlySet<string>): (name: string) => boolean {
  const states = new Map(clusters.map((assignment) => [assignment.physical, endState(assignment, world)] as const));
  return (name) => {
    const { state = "deleted", enabled = true } = world.clusters.get(name) ?? {};
    const left = returned.has(formatAddress("cluster", name)) ? "active" : state;
    return isInService({ state: states.get(name) ?? left, enabled });
  };
}

/** What changes about queues: the selector that each comes to have, or null where it goes. */
function overlayQueues(decisions: Decisions, { restored, returned }: Undone): ReadonlyMap<string, Selector | null> {
  const { world, clusters, queues, clusterOf } = decisions;
  const hasStates = world.capabilities.queue_state;
  const overlay = new Map<string, Selector | null>(goneQueues(decisions).map((name) => [name, null]));
  for (const [name, queue] of world.queues)
    if (returned.has(formatAddress("queue", name)) && isLive(queue))
      overlay.set(name, { ...selectorOf(queue), active: true });
  for (const name of restored) {
    const queue = world.queues.get(name);
    if (queue !== undefined && isLive(queue))
      overlay.set(name, { ...(overlay.get(name) ?? selectorOf(queue)), clusters: ["*"] });
  }
  for (const assignment of clusters) {
    const { physical, pool } = assignment;
    overlay.set(physical, { pool, clusters: [physical], active: endsInService(assignment, world) });
  }
  for (const assignment of queues) {
    const { physical, pool, predecessors } = assignment;
    const active = !hasStates || endsActive(assignment);
    overlay.set(physical, { pool, clusters: effectiveSelector(assignment, clusterOf), active });
    if (hasStates) for (const old of predecessors) overlay.set(old.name, null);
  }
  const registers = clusters.some(({ verb }) => verb === "create" || verb === "replace");
  if (registers && !isLive(world.queues.get("default")) && !overlay.has("default")) {
    overlay.set("default", { pool: "default", clusters: ["*"], active: true });
  }
  return overlay;
}

/** Live queues that the plan deletes, or that go with their cluster. */
function goneQueues({ world, departures, leftovers }: Decisions): readonly string[] {
  if (!world.capabilities.queue_state) return [];
  const coNamed = [...departures.values()].filter(({ cluster, how }) => {
    const queue = world.queues.get(cluster.name);
    return how === "delete" && queue !== undefined && isLive(queue) && isCoNamed(queue, world);
  });
  const removed = leftovers.removals.filter(({ object }) => object.kind === "queue");
  return [...coNamed.map(({ cluster }) => cluster.name), ...removed.map(({ object }) => object.name)];
}

function memoise<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
