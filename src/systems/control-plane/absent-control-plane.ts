import type { ControlPlaneReader, SettingsReader } from "./reader.ts";
import type { ControlPlaneWriter, SettingsWriter } from "./writer.ts";

/** For a target without a Union control plane: no plan has a step for it, so a call is a mistake of ours and throws. */
export function createAbsentControlPlane(): {
  readonly reader: ControlPlaneReader & SettingsReader;
  readonly writerUnder: () => ControlPlaneWriter & SettingsWriter;
} {
  const refuse = async (): Promise<never> => {
    throw new Error("there is no Union control plane");
  };
  return {
    reader: {
      org: "",
      endpoint: "",
      detectGeneration: refuse,
      listPools: refuse,
      listClusters: refuse,
      listQueues: refuse,
      getPool: refuse,
      getCluster: refuse,
      getQueue: refuse,
      readInFlight: refuse,
      getSettings: refuse,
      getRoutingSettings: refuse,
      listProjects: refuse,
    },
    writerUnder: () => ({
      createPool: refuse,
      updatePool: refuse,
      deletePool: refuse,
      undeletePool: refuse,
      registerCluster: refuse,
      registerClusters: refuse,
      moveCluster: refuse,
      setClusterState: refuse,
      deleteCluster: refuse,
      undeleteCluster: refuse,
      createQueue: refuse,
      updateQueue: refuse,
      setQueueState: refuse,
      deleteQueue: refuse,
      undeleteQueue: refuse,
      writeSettings: refuse,
    }),
  };
}
