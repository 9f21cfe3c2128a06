import type { DescMethod } from "@bufbuild/protobuf";
import type { Generation } from "../model/objects/live.ts";

const ONLY: Readonly<Record<string, Generation>> = {
  "ClusterPoolService/CreateOrgClusterPools": "2026-07",
  "ClusterPoolService/Undelete": "2026-11",
  "ClusterService/UpdateCluster": "2026-11",
  "ClusterService/UpdateClusterState": "2026-11",
  "ClusterService/UndeleteCluster": "2026-11",
  "ClusterService/WatchClusters": "2026-11",
  "QueueService/DeleteQueue": "2026-11",
  "QueueService/UndeleteQueue": "2026-11",
  "QueueService/ResolveQueue": "2026-11",
};

/** The only generation that serves a method; undefined for a method of both. */
export function findServedGeneration(method: DescMethod): Generation | undefined {
  return ONLY[`${method.parent.name}/${method.name}`];
}
