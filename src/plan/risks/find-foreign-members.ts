import { isSameSelector } from "../../model/objects/selector.ts";
import type { Finding } from "../compare/finding.ts";
import type { QueueAssignment } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { effectiveSelector } from "../decide/effective-queue.ts";
import { isLive, isWildcard } from "../input/index-world.ts";

/**
 * Queues that would be written with a cluster of another pool. A folder names none, but a pool that a manifest ignores, or that stays as it was
 * changed outside, is not the one that the manifest says.
 */
export function findForeignMembers({ world, clusters, queues, clusterOf }: Decisions): readonly Finding[] {
  const placedIn = new Map(clusters.map(({ physical, pool }) => [physical, pool]));
  const poolAfter = (name: string) => {
    const live = world.clusters.get(name);
    return placedIn.get(name) ?? (live !== undefined && isLive(live) ? live.pool : null);
  };
  return queues.flatMap((queue): readonly Finding[] => {
    const { desired, pool } = queue;
    const selector = effectiveSelector(queue, clusterOf);
    if (isWildcard(selector) || !isWritten(queue, selector)) return [];
    const foreign = selector.find((name) => poolAfter(name) !== pool);
    if (foreign === undefined) return [];
    const where = poolAfter(foreign);
    const place = where === null ? "is not there" : `is in pool ${where}`;
    const message = `${desired.address} is in pool ${pool} and would name cluster ${foreign}, which ${place}. Bring them into one pool: the pool of one is left as it is live.`;
    return [{ check: "references", status: "fail", message, addresses: [desired.address], refused: true }];
  });
}

function isWritten({ current, pool }: QueueAssignment, selector: readonly string[]): boolean {
  if (current === null || !isLive(current) || current.spec.cluster_pool !== pool) return true;
  return !isSameSelector(current.spec.clusters, selector);
}
