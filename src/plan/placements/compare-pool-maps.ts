import type { DesiredPoolMap } from "../../model/objects/desired.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { fact } from "../draft/draft-step.ts";
import { isLive, type World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { joinPlacements, NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";

/** Where the planner has got to when it turns to maps. */
export interface MapSurroundings {
  readonly world: World;
  readonly poolOf: (logical: string) => string;
  /** Pools that exist once the plan's pools are made. */
  readonly poolsAfter: ReadonlySet<string>;
}

/**
 * What becomes of pool maps. Where the control plane takes clusters in bulk, the clusters of a map that are registered nowhere and have
 * no manifest of their own are sent; that can only add. Any other map is handed over to the operator of the control plane, unless its
 * clusters are in its pools already.
 */
export function comparePoolMaps(input: PlanInput, around: MapSurroundings): Placements {
  const { desired, live } = input;
  const forgotten = sortLeftovers(
    "cluster_pool_map",
    input,
    [],
    new Set(desired.pool_maps.map(({ name }) => name)),
    () => {
      throw new Error("unreachable: no map is live");
    },
  );
  const own = new Map(desired.clusters.map(({ name, pool }) => [name, around.poolOf(pool)]));
  const maps = desired.pool_maps.map((map): Placements => {
    const homes = placeClusters(map, own, around);
    if (homes?.every(({ there }) => there) === true) return NO_PLACEMENTS;
    const isSent = live.systems.union === "read" && around.world.capabilities.bulk_pools && homes !== null;
    return isSent
      ? { ...NO_PLACEMENTS, wanted: [placeMap(map, homes, around)] }
      : { ...NO_PLACEMENTS, notices: [noteHandOver(map)] };
  });
  return joinPlacements([forgotten, ...maps]);
}

/** A cluster of a map with the pool where it is, or is to be. */
interface Home {
  readonly cluster: string;
  readonly pool: string;
  readonly there: boolean;
}

/** Null where the map is not one to one, names a pool that will not be there, or a cluster that is in another pool. */
function placeClusters(
  { pools }: DesiredPoolMap,
  own: ReadonlyMap<string, string>,
  around: MapSurroundings,
): readonly Home[] | null {
  const seen = new Set<string>();
  const homes: Home[] = [];
  for (const { pool: logical, clusters } of pools) {
    const pool = around.poolOf(logical);
    if (!around.poolsAfter.has(pool)) return null;
    for (const cluster of clusters) {
      const record = around.world.clusters.get(cluster);
      const there = record !== undefined && isLive(record);
      const declared = own.get(cluster);
      const home = declared ?? (there ? record.pool : pool);
      if (seen.has(cluster) || home !== pool) return null;
      seen.add(cluster);
      homes.push({ cluster, pool, there: there || declared !== undefined });
    }
  }
  return homes;
}

function placeMap(map: DesiredPoolMap, homes: readonly Home[], { world }: MapSurroundings): Placement {
  const missing = homes.filter(({ there }) => !there);
  const pools = [...new Set(missing.map(({ pool }) => pool))];
  const isThere = ({ cluster }: Home) => isLive(world.clusters.get(cluster));
  const before = homes.filter(isThere);
  return {
    address: map.address,
    name: map.name,
    desired: map,
    before: before.length === 0 ? null : { clusters: byCluster(before) },
    after: { clusters: byCluster([...before, ...missing]) },
    write: {
      kind: "cluster_pool_map",
      op: before.length === 0 ? "create" : "update",
      set: { cluster_to_pool: byCluster(missing) },
    },
    needs: pools.map(fact.pool),
    gives: pools.map(fact.mapped),
    reads: missing.flatMap(({ cluster, pool }) => [`cluster.${cluster}`, `cluster_pool.${pool}`]),
  };
}

function byCluster(homes: readonly Home[]): Readonly<Record<string, string>> {
  const entries = homes.map(({ cluster, pool }) => [cluster, pool] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function noteHandOver({ address, pools }: DesiredPoolMap): Notice {
  const entries = pools.map(({ pool, clusters }) => `${pool} = ${clusters.join(", ")}`);
  const message = `${address} can't be applied through an API. Send the operator of the control plane the clusters of each pool: ${entries.join("; ")}.`;
  return { code: "pool-map", message, addresses: [address] };
}
