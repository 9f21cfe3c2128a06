import type { Address } from "../../model/address.ts";
import type { Departure } from "../decide/departures.ts";
import { append, compareText, servesNow, type World } from "../input/index-world.ts";

/** A cluster that starts to take work in a pool. */
export interface Arrival {
  readonly cluster: string;
  readonly pool: string;
  readonly address: Address;
}

/** That a cluster may leave its pool only after another serves there. */
export interface HandOver {
  readonly leaver: string;
  readonly joiner: string;
}

/** Names of the queues of each pool whose selector is, or becomes, `*`. */
export type WildcardQueues = ReadonlyMap<string, readonly string[]>;

/** The order among clusters that leave and join, and the pools that lose their last member all the same. */
export interface WildcardOrder {
  readonly handOvers: readonly HandOver[];
  readonly interrupted: readonly { readonly pool: string; readonly leaver: string }[];
  /** Pools that rows come to name only once the next cluster serves there; left out: none. */
  readonly late?: ReadonlySet<string>;
}

interface PoolState {
  /** Clusters in service now; shrinks and grows as moves are played through. */
  readonly serving: Set<string>;
  /** Those among them that have joined within this plan. */
  readonly joined: string[];
}

/**
 * Orders moves so that no pool that `used` names, and that serves before and after, loses its last member on the way. The moves are played
 * through, smallest address first, each as soon as its pool keeps another member in service; where only clusters that
 * joined are left, the leaver waits for one of them. When every remaining move would empty a pool (two one-member pools that
 * swap), the smallest address goes all the same and the interruption is reported.
 */
export function orderDepartures(
  departures: ReadonlyMap<string, Departure>,
  arrivals: readonly Arrival[],
  used: ReadonlySet<string>,
  world: World,
): WildcardOrder {
  const pools = trackPools(departures, arrivals, used, world);
  const arrivalOf = new Map(arrivals.map((arrival) => [arrival.cluster, arrival]));
  for (const arrival of arrivals) if (departures.get(arrival.cluster) === undefined) join(pools, arrival);
  let waiting = [...departures.values()]
    .filter(({ cluster }) => pools.has(cluster.pool) || pools.has(arrivalOf.get(cluster.name)?.pool ?? ""))
    .sort((left, right) => compareText(left.address, right.address));
  const handOvers: HandOver[] = [];
  const interrupted: { pool: string; leaver: string }[] = [];
  while (waiting.length > 0) {
    const next = pickSafe(waiting, pools, arrivalOf) ?? waiting[0];
    if (next === undefined) break;
    waiting = waiting.filter((departure) => departure !== next);
    const name = next.cluster.name;
    const pool = pools.get(next.cluster.pool);
    if (pool !== undefined) {
      pool.serving.delete(name);
      const joiner = pool.joined[0];
      const relies = [...pool.serving].every((other) => pool.joined.includes(other));
      if (relies && joiner !== undefined) handOvers.push({ leaver: name, joiner });
      else if (pool.serving.size === 0) interrupted.push({ pool: next.cluster.pool, leaver: name });
    }
    const arrival = arrivalOf.get(name);
    if (arrival !== undefined) join(pools, arrival);
  }
  return { handOvers, interrupted };
}

/** Pools that are used, with a member before, a leaver, and a member after: only those can be interrupted. */
function trackPools(
  departures: ReadonlyMap<string, Departure>,
  arrivals: readonly Arrival[],
  used: ReadonlySet<string>,
  world: World,
): Map<string, PoolState> {
  const leaving = new Map<string, string[]>();
  for (const { cluster } of departures.values()) append(leaving, cluster.pool, cluster.name);
  const arriving = new Set(arrivals.map((arrival) => arrival.pool));
  const toCome = new Set(arrivals.map((arrival) => arrival.cluster));
  const pools = new Map<string, PoolState>();
  for (const pool of leaving.keys()) {
    const serving = (world.members.get(pool) ?? []).filter(
      (name) => servesNow(name, world) && (departures.has(name) || !toCome.has(name)),
    );
    const stays = serving.some((name) => !departures.has(name));
    if (used.has(pool) && serving.length > 0 && !stays && arriving.has(pool)) {
      pools.set(pool, { serving: new Set(serving), joined: [] });
    }
  }
  return pools;
}

function join(pools: Map<string, PoolState>, arrival: Arrival): void {
  const pool = pools.get(arrival.pool);
  if (pool === undefined) return;
  pool.serving.add(arrival.cluster);
  pool.joined.push(arrival.cluster);
}

/** A departure that leaves its pool served; among those, one whose new pool is in need of it comes first. */
function pickSafe(
  waiting: readonly Departure[],
  pools: ReadonlyMap<string, PoolState>,
  arrivalOf: ReadonlyMap<string, Arrival>,
): Departure | undefined {
  const safe = waiting.filter(({ cluster }) => {
    const pool = pools.get(cluster.pool);
    return pool === undefined || pool.serving.size > (pool.serving.has(cluster.name) ? 1 : 0);
  });
  const helps = (departure: Departure) => {
    const arrival = arrivalOf.get(departure.cluster.name);
    return arrival !== undefined && pools.get(arrival.pool)?.joined.length === 0;
  };
  return safe.find(helps) ?? safe[0];
}
