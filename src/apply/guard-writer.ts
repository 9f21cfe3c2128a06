import type { ControlPlaneWriter } from "../control-plane/writer.ts";

/** A writer that sends nothing before `confirm` has resolved, and what it throws instead when it rejects. */
export function guardWriter(writer: ControlPlaneWriter, confirm: () => Promise<void>): ControlPlaneWriter {
  const guarded =
    <Arguments extends readonly unknown[]>(send: (...values: Arguments) => Promise<void>) =>
    async (...values: Arguments) => {
      await confirm();
      await send(...values);
    };
  return {
    createPool: guarded(writer.createPool),
    updatePool: guarded(writer.updatePool),
    deletePool: guarded(writer.deletePool),
    undeletePool: guarded(writer.undeletePool),
    registerCluster: guarded(writer.registerCluster),
    moveCluster: guarded(writer.moveCluster),
    setClusterState: guarded(writer.setClusterState),
    deleteCluster: guarded(writer.deleteCluster),
    undeleteCluster: guarded(writer.undeleteCluster),
    createQueue: guarded(writer.createQueue),
    updateQueue: guarded(writer.updateQueue),
    setQueueState: guarded(writer.setQueueState),
    deleteQueue: guarded(writer.deleteQueue),
    undeleteQueue: guarded(writer.undeleteQueue),
  };
}
