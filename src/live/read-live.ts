import type { ControlPlaneReader } from "../control-plane/reader.ts";
import { CAPABILITIES, type LiveState, UNION_ONLY } from "../model/live.ts";

/**
 * Reads a control plane in full: pools, clusters and queues side by side, soft-deleted records too where the generation has
 * them, each sorted by name. A record that was deleted or restored between two lists is taken as the live list has it.
 */
export async function readLive(reader: ControlPlaneReader): Promise<LiveState> {
  const capabilities = CAPABILITIES[await reader.detectGeneration()];
  const [pools, clusters, queues, deletedPools, deletedClusters, deletedQueues] = await Promise.all([
    reader.listPools("live"),
    reader.listClusters("live"),
    reader.listQueues("live"),
    capabilities.undelete ? reader.listPools("deleted") : [],
    capabilities.undelete ? reader.listClusters("deleted") : [],
    capabilities.undelete ? reader.listQueues("deleted") : [],
  ]);
  return {
    org: reader.org,
    endpoint: reader.endpoint,
    capabilities,
    ...UNION_ONLY,
    pools: mergeByName(deletedPools, pools),
    clusters: mergeByName(deletedClusters, clusters),
    queues: mergeByName(deletedQueues, queues),
  };
}

function mergeByName<T extends { readonly name: string }>(deleted: readonly T[], live: readonly T[]): readonly T[] {
  const byName = new Map([...deleted, ...live].map((record) => [record.name, record]));
  return [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}
