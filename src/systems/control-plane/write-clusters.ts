import { createClient } from "@connectrpc/connect";
import { ClusterService, ClusterState } from "./gen/cloudidl/cluster/cluster_pb.js";
import type { Wire } from "./list-records.ts";
import type { ControlPlaneWriter } from "./writer.ts";

/** The writes of clusters. Generations travel as they were read; "0" leaves the field out, as 2026-07 has none. */
export function createClusterWriter({
  transport,
  caller,
  org: organization,
}: Wire): Pick<
  ControlPlaneWriter,
  "registerCluster" | "moveCluster" | "setClusterState" | "deleteCluster" | "undeleteCluster"
> {
  const clusters = createClient(ClusterService, transport);
  return {
    registerCluster: async (name, pool) => {
      const request = { clusterId: { organization, name }, clusterPoolName: pool };
      await caller.write("ClusterService/CreateCluster", (options) => clusters.createCluster(request, options));
    },
    moveCluster: async (name, pool) => {
      const request = { clusterId: { organization, name }, clusterPoolName: pool };
      await caller.write("ClusterService/UpdateCluster", (options) => clusters.updateCluster(request, options));
    },
    setClusterState: async (name, state, generation) => {
      const request = {
        clusterId: { organization, name },
        state: state === "active" ? ClusterState.ACTIVE : ClusterState.DRAINING,
        expectedGeneration: BigInt(generation),
      };
      await caller.write("ClusterService/UpdateClusterState", (options) =>
        clusters.updateClusterState(request, options),
      );
    },
    deleteCluster: async (name, generation) => {
      const request = { clusterId: { organization, name }, expectedGeneration: BigInt(generation) };
      await caller.write("ClusterService/DeleteCluster", (options) => clusters.deleteCluster(request, options));
    },
    undeleteCluster: async (name) => {
      const request = { clusterId: { organization, name } };
      await caller.write("ClusterService/UndeleteCluster", (options) => clusters.undeleteCluster(request, options));
    },
  };
}
