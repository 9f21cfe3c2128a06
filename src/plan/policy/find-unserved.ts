import type { JsonObject } from "../../model/json/json.ts";
import { isGone, isInService, type LiveCluster, type LiveState } from "../../model/objects/live.ts";
import type { Plan } from "../../model/plan/plan.ts";

/** A queue in service that selects clusters, none of which is in service, or none of which is there. */
export interface UnservedQueue {
  readonly queue: string;
  /** Those that are there, sorted; one list for all queues that select every cluster of a pool. */
  readonly clusters: readonly string[];
}

type Live = Pick<LiveState, "queues" | "clusters">;
type Planned = Pick<Plan, "changes">;

/**
 * Finds the queues in service whose clusters are all drained, draining or disabled, or are still to come. `done`: a plan that was applied in full since the
 * state was read; null: there is none. `whole`: the plan of which something may be left to do, default `done`. Left out are a cluster's own queue, of which its
 * cluster says enough, and a queue that selects no cluster that is there before that plan nor after it, which a check of the plan is about. The cost
 * is linear in clusters and selected names together.
 */
export function findUnserved(live: Live, done: Planned | null, whole = done): readonly UnservedQueue[] {
  const now = done === null ? index(live) : carryOver(index(live), done);
  const membersOf = createFindMembers(now);
  const laterOf = whole === null ? membersOf : createFindMembers(carryOver(index(live), whole));
  return [...now.queues].flatMap(([name, queue]): readonly UnservedQueue[] => {
    if (queue.state !== "active" || now.clusters.has(name)) return [];
    const { names, isServed } = membersOf(queue);
    if (isServed || (names.length === 0 && laterOf(queue).names.length === 0)) return [];
    return [{ queue: name, clusters: names }];
  });
}

function createFindMembers({ clusters }: Routed): (queue: Queue) => Members {
  const pools = indexPools(clusters);
  return ({ pool, selector }) =>
    selector.includes("*") ? (pools.get(pool) ?? describe([])) : describe(selectMembers(selector, pool, clusters));
}

/** Clusters that a queue selects. */
interface Members {
  /** Sorted. */
  readonly names: readonly string[];
  readonly isServed: boolean;
}

type Named = readonly [name: string, cluster: Cluster];

function indexPools(clusters: ReadonlyMap<string, Cluster>): ReadonlyMap<string, Members> {
  const byPool = Map.groupBy(clusters, ([, { pool }]) => pool);
  return new Map([...byPool].map(([pool, members]) => [pool, describe(members)]));
}

function selectMembers(
  selector: readonly string[],
  pool: string,
  clusters: ReadonlyMap<string, Cluster>,
): readonly Named[] {
  return [...new Set(selector)].flatMap((name): readonly Named[] => {
    const cluster = clusters.get(name);
    return cluster?.pool === pool ? [[name, cluster]] : [];
  });
}

function describe(members: readonly Named[]): Members {
  return {
    names: members.map(([name]) => name).sort(),
    isServed: members.some(([, cluster]) => cluster.inService),
  };
}

interface Cluster {
  readonly pool: string;
  readonly enabled: boolean;
  readonly inService: boolean;
}

interface Queue {
  readonly pool: string;
  readonly state: string;
  readonly selector: readonly string[];
}

interface Routed {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly queues: ReadonlyMap<string, Queue>;
}

function index({ clusters, queues }: Live): Routed {
  const isThere = ({ state }: Pick<LiveCluster, "state">) => !isGone(state);
  return {
    clusters: new Map(
      clusters.filter(isThere).map((cluster) => {
        const { name, pool, enabled } = cluster;
        return [name, { pool, enabled, inService: isInService(cluster) }];
      }),
    ),
    queues: new Map(
      queues
        .filter(isThere)
        .map(({ name, spec, state }) => [name, { pool: spec.cluster_pool, selector: spec.clusters, state }]),
    ),
  };
}

/** The same once all changes of a plan are made. */
function carryOver(live: Routed, { changes }: Planned): Routed {
  const [clusters, queues] = [new Map(live.clusters), new Map(live.queues)];
  for (const { address, physical_name: name, previous_physical_name: former, after } of changes) {
    const isCluster = address.startsWith("cluster.");
    if (!isCluster && !address.startsWith("queue.")) continue;
    const all: Map<string, unknown> = isCluster ? clusters : queues;
    if (former !== null && former !== name) all.delete(former);
    if (after === null) all.delete(name);
    else if (isCluster) clusters.set(name, readCluster(after, clusters.get(name)?.enabled ?? true));
    else queues.set(name, readQueue(after));
  }
  return { clusters, queues };
}

/** No plan changes whether a cluster is enabled; a new one is. */
function readCluster(after: JsonObject, enabled: boolean): Cluster {
  return { pool: textOf(after, "pool"), enabled, inService: enabled && textOf(after, "state") === "active" };
}

function readQueue(after: JsonObject): Queue {
  const { clusters } = after;
  const selector = Array.isArray(clusters) ? clusters.filter((name) => typeof name === "string") : [];
  return { pool: textOf(after, "cluster_pool"), selector, state: textOf(after, "state") };
}

/** A control plane without states has everything in service. */
function textOf(fields: JsonObject, key: string): string {
  const value = fields[key];
  return typeof value === "string" ? value : key === "state" ? "active" : "";
}
