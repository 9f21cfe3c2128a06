import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { isLive } from "../input/index-world.ts";

/** Clusters and queues whose pool is neither declared nor live: pool `default` may have been deleted. */
export function findMissingPools({ world, poolByName, clusters, queues }: Decisions): readonly Finding[] {
  return [...clusters, ...queues]
    .filter(({ pool }) => !poolByName.has(pool) && !isLive(world.pools.get(pool)))
    .map(({ desired, pool }) => ({
      check: "references",
      status: "fail",
      message: `${desired.address} is in pool ${pool}, which does not exist. Add a manifest for it: a deleted pool is restored.`,
      addresses: [desired.address],
      refused: true,
    }));
}
