import { createClient } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { decodeCluster } from "./cluster-codec.ts";
import { ClusterService } from "./gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "./gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "./gen/cloudidl/queue/queue_pb.js";
import type { Wire } from "./list-records.ts";
import { decodePool } from "./pool-codec.ts";
import { decodeQueue } from "./queue-codec.ts";
import type { ControlPlaneReader } from "./reader.ts";

/**
 * The single reads of a reader. Cluster Get shows deleted records when asked, Queue Get always, Pool Get never: a pool that it
 * does not find is looked for by `listDeletedPools`.
 */
export function createGetters(
  { transport, caller, org: organization }: Wire,
  listDeletedPools: () => ReturnType<ControlPlaneReader["listPools"]>,
): Pick<ControlPlaneReader, "getPool" | "getCluster" | "getQueue"> {
  const pools = createClient(ClusterPoolService, transport);
  const clusters = createClient(ClusterService, transport);
  const queues = createClient(QueueService, transport);
  return {
    getPool: async (name) => {
      const id = { organization, name };
      const found = await caller.read("ClusterPoolService/Get", (o) => pools.get({ id }, o)).catch(ignoreNotFound);
      if (found?.clusterPool !== undefined) return decodePool(found.clusterPool);
      return (await listDeletedPools()).find((pool) => pool.name === name);
    },
    getCluster: async (name) => {
      const request = { clusterId: { organization, name }, includeDeleted: true };
      const found = await caller
        .read("ClusterService/GetCluster", (o) => clusters.getCluster(request, o))
        .catch(ignoreNotFound);
      return found?.cluster === undefined ? undefined : decodeCluster(found.cluster);
    },
    getQueue: async (name) => {
      const id = { organization, name };
      const found = await caller.read("QueueService/GetQueue", (o) => queues.getQueue({ id }, o)).catch(ignoreNotFound);
      return found?.queue === undefined ? undefined : decodeQueue(found.queue);
    },
  };
}

/** What is not found is not there; every other failure is thrown on. */
export function ignoreNotFound(error: unknown): undefined {
  if (error instanceof OperationalError && error.code === "not_found") return undefined;
  throw error;
}
