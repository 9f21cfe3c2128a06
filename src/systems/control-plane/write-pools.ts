import { createClient } from "@connectrpc/connect";
import { ClusterPoolService } from "./gen/cloudidl/clusterpool/clusterpool_pb.js";
import type { Wire } from "./list-records.ts";
import { mergePoolConfig } from "./pool-codec.ts";
import { requireRecord } from "./require-record.ts";
import type { ControlPlaneWriter } from "./writer.ts";

/** The writes of pools. An update is put onto a fresh read, so that what we do not know of the config is kept. */
export function createPoolWriter({
  transport,
  caller,
  org: organization,
}: Wire): Pick<ControlPlaneWriter, "createPool" | "updatePool" | "deletePool" | "undeletePool" | "registerClusters"> {
  const pools = createClient(ClusterPoolService, transport);
  return {
    createPool: async (name, config) => {
      const clusterPool = { id: { organization, name }, config: mergePoolConfig(config) };
      await caller.write("ClusterPoolService/Create", (options) => pools.create({ clusterPool }, options));
    },
    updatePool: async (name, set) => {
      const id = { organization, name };
      const read = await caller.read("ClusterPoolService/Get", (options) => pools.get({ id }, options));
      const known = requireRecord("ClusterPoolService/Get", `pool "${name}"`, read.clusterPool);
      // A member that is left out stays, and one that is named and was deleted since would be registered again.
      const clusterPool = { ...known, config: mergePoolConfig(set, known.config), memberClusters: [] };
      await caller.write("ClusterPoolService/Update", (options) => pools.update({ clusterPool }, options));
    },
    registerClusters: async (poolOf) => {
      const request = { organization, clusterToPool: poolOf };
      await caller.write("ClusterPoolService/CreateOrgClusterPools", (options) =>
        pools.createOrgClusterPools(request, options),
      );
    },
    deletePool: async (name) => {
      const id = { organization, name };
      await caller.write("ClusterPoolService/Delete", (options) => pools.delete({ id }, options));
    },
    undeletePool: async (name) => {
      const id = { organization, name };
      await caller.write("ClusterPoolService/Undelete", (options) => pools.undelete({ id }, options));
    },
  };
}
