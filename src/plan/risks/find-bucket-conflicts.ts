import { readBucket } from "../../model/objects/bucket.ts";
import type { PoolConfig } from "../../model/objects/spec.ts";
import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { isLive } from "../input/index-world.ts";
import { effectiveConfig } from "../steps/plan-pools.ts";

/**
 * Pools that would come onto the bucket of another live pool: the control plane refuses that, and a pool that goes is deleted
 * only once no cluster is in it any more. The folder's own pools are compared when it is validated.
 */
export function findBucketConflicts({ pools, world }: Decisions): readonly Finding[] {
  const declared = new Set(pools.map((pool) => pool.physical));
  const holders = new Map<string, string>();
  for (const pool of world.pools.values()) {
    if (isLive(pool) && !declared.has(pool.name)) holders.set(bucketOf(pool.config), pool.name);
  }
  return pools.flatMap((assignment): readonly Finding[] => {
    const { desired, current } = assignment;
    const bucket = bucketOf(effectiveConfig(assignment));
    const holder = holders.get(bucket);
    const isThere = current !== null && isLive(current) && bucketOf(current.config) === bucket;
    if (holder === undefined || isThere) return [];
    const message = `${desired.address}: its bucket is that of live pool ${holder}, and two pools must not share one. If it is that pool under a new name, set previously: ${holder}.`;
    return [{ check: "contract", status: "fail", message, addresses: [desired.address], refused: true }];
  });
}

function bucketOf({ object_store_ref: { uri, endpoint } }: PoolConfig): string {
  return readBucket(uri, endpoint).store;
}
