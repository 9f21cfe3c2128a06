import { formatAddress } from "../../model/address.ts";
import {
  CAPABILITIES,
  type LiveCluster,
  type LiveQueue,
  type LiveState,
  UNION_ONLY,
} from "../../model/objects/live.ts";
import type { ControlPlaneReader } from "../../systems/control-plane/reader.ts";
import { requireGeneration } from "../../systems/control-plane/require-generation.ts";
import { type KnownObject, requireGone } from "./require-gone.ts";

/**
 * Reads a control plane in full: pools, clusters and queues side by side, soft-deleted records too where the generation has
 * them, each sorted by name. A record that was deleted or restored between two lists is taken as the live list has it. Throws an
 * OperationalError `list_incomplete` where a list lacks one that is known and there, and `generation_unclear` where the records are not of
 * the generation that was detected.
 */
export async function readLive(reader: ControlPlaneReader, known: readonly KnownObject[] = []): Promise<LiveState> {
  const capabilities = CAPABILITIES[await reader.detectGeneration()];
  const [pools, clusters, queues, deletedPools, deletedClusters, deletedQueues] = await Promise.all([
    reader.listPools("live"),
    reader.listClusters("live"),
    reader.listQueues("live"),
    capabilities.undelete ? reader.listPools("deleted") : [],
    capabilities.undelete ? reader.listClusters("deleted") : [],
    capabilities.undelete ? reader.listQueues("deleted") : [],
  ]);
  requireGeneration(capabilities.generation, { clusters, queues }, reader.endpoint);
  const listed = [deletedPools, deletedClusters, deletedQueues, pools, clusters, queues].flat();
  const there = new Set(listed.map(({ kind, name }) => formatAddress(kind, name)));
  await requireGone(
    known.filter(({ kind, name }) => !there.has(formatAddress(kind, name))),
    ({ kind, name }) => isListedLive(reader, kind, name),
  );
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

/** Whether the list of live records should have held it: one that is deleted by now was deleted between the lists. */
async function isListedLive(reader: ControlPlaneReader, kind: KnownObject["kind"], name: string): Promise<boolean> {
  switch (kind) {
    case "cluster_pool":
      return (await reader.getPool(name))?.deleted === false;
    case "cluster":
      return isThere((await reader.getCluster(name))?.state);
    case "queue":
      return isThere((await reader.getQueue(name))?.state);
    default:
      return false;
  }
}

function isThere(state: LiveCluster["state"] | LiveQueue["state"] | undefined): boolean {
  return state !== undefined && state !== "deleted";
}

function mergeByName<T extends { readonly name: string }>(deleted: readonly T[], live: readonly T[]): readonly T[] {
  const byName = new Map([...deleted, ...live].map((record) => [record.name, record]));
  return [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}
