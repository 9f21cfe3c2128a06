import type { TargetTools } from "./apply-context.ts";

type UnionWriter = TargetTools["writer"];

/** The systems of a target with writes that are sent only once `confirm` has resolved, and throw what it throws otherwise. */
export function guardTarget(
  { reader, writer, flyteadmin, delivery }: TargetTools,
  confirm: () => Promise<void>,
): TargetTools {
  return {
    reader,
    writer: guardWriter(writer, confirm),
    flyteadmin: flyteadmin && {
      reader: flyteadmin.reader,
      writer: {
        putRow: async (row) => {
          await confirm();
          await flyteadmin.writer.putRow(row);
        },
        deleteRow: async (kind, scope) => {
          await confirm();
          await flyteadmin.writer.deleteRow(kind, scope);
        },
      },
    },
    delivery: delivery && {
      ...delivery,
      deliver: async (files) => {
        await confirm();
        return delivery.deliver(files);
      },
    },
  };
}

/** A writer that sends nothing before `confirm` has resolved, and what it throws instead when it rejects. */
export function guardWriter(writer: UnionWriter, confirm: () => Promise<void>): UnionWriter {
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
    registerClusters: guarded(writer.registerClusters),
    moveCluster: guarded(writer.moveCluster),
    setClusterState: guarded(writer.setClusterState),
    deleteCluster: guarded(writer.deleteCluster),
    undeleteCluster: guarded(writer.undeleteCluster),
    createQueue: guarded(writer.createQueue),
    updateQueue: guarded(writer.updateQueue),
    setQueueState: guarded(writer.setQueueState),
    deleteQueue: guarded(writer.deleteQueue),
    undeleteQueue: guarded(writer.undeleteQueue),
    writeSettings: guarded(writer.writeSettings),
  };
}
