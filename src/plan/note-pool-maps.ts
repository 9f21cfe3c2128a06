import type { DesiredPoolMap } from "../model/desired.ts";
import type { Notice } from "../model/plan.ts";
import type { Decisions } from "./decisions.ts";
import { isLive } from "./index-world.ts";

/**
 * What has to be handed over to whoever operates the control plane: pools and their clusters are configured there, and no API of
 * it takes them. Nothing is said where clusters are registered in the pools already.
 */
export function notePoolMaps({ input, world }: Decisions): readonly Notice[] {
  return input.desired.pool_maps.flatMap((map): readonly Notice[] => {
    const isThere = map.pools.every(({ pool, clusters }) => clusters.every((name) => isMember(name, pool)));
    return isThere ? [] : [noteHandOver(map)];
  });

  function isMember(name: string, pool: string): boolean {
    const cluster = world.clusters.get(name);
    return cluster !== undefined && isLive(cluster) && cluster.pool === pool;
  }
}

function noteHandOver({ address, pools }: DesiredPoolMap): Notice {
  const entries = pools.map(({ pool, clusters }) => `${pool} = ${clusters.join(", ")}`);
  const message = `${address} is applied by the operator of the control plane, as no API takes it. Hand over which clusters are in which pool: ${entries.join("; ")}.`;
  return { code: "pool-map", message, addresses: [address] };
}
