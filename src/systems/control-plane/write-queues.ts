import { createClient } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { QueuePatch } from "../../model/objects/limit-maps.ts";
import type { Capabilities } from "../../model/objects/live.ts";
import { CAPACITY_LIMITS, type CapacityLimit } from "../../model/objects/queue-limits.ts";
import { isAsWritten, isSameSelector } from "../../model/objects/selector.ts";
import { ClusterService } from "./gen/cloudidl/cluster/cluster_pb.js";
import { QueueService, type QueueSpec, QueueState, SchedulingAlgorithm } from "./gen/cloudidl/queue/queue_pb.js";
import { ignoreNotFound } from "./get-records.ts";
import type { Wire } from "./list-records.ts";
import { mergeQueueSpec } from "./queue-codec.ts";
import { requireRecord } from "./require-record.ts";
import { type ControlPlaneWriter, SELECTOR_CHANGED } from "./writer.ts";

type QueueWrites = "createQueue" | "updateQueue" | "setQueueState" | "deleteQueue" | "undeleteQueue";

/**
 * The writes of queues. An update is put onto a fresh read and the whole spec written back, so that what we do not know of it
 * is kept; no server locks a queue, so this read is also what the caller's view of its selector is compared with. Fields that the generation lacks (`queue_capacity`) are not sent.
 */
export function createQueueWriter(
  { transport, caller, org: organization }: Wire,
  capabilities: () => Promise<Capabilities>,
): Pick<ControlPlaneWriter, QueueWrites> {
  const queues = createClient(QueueService, transport);
  const clusters = createClient(ClusterService, transport);
  const isDeleted = async (name: string): Promise<boolean> => {
    const request = { clusterId: { organization, name }, includeDeleted: true };
    const found = await caller
      .read("ClusterService/GetCluster", (options) => clusters.getCluster(request, options))
      .catch(ignoreNotFound);
    return found === undefined;
  };
  return {
    createQueue: async (name, whole, state) => {
      const id = { organization, name };
      const spec = mergeQueueSpec(keepSupported(whole, await capabilities()));
      const request = { id, spec, state: state === "active" ? QueueState.ACTIVE : QueueState.DRAINED };
      const answer = await caller.write("QueueService/CreateQueue", (options) => queues.createQueue(request, options));
      requireKept(name, spec, answer.queue?.spec);
    },
    updateQueue: async (name, set, seen) => {
      const supported = keepSupported(set, await capabilities());
      const read = await caller.read("QueueService/GetQueue", (options) =>
        queues.getQueue({ id: { organization, name } }, options),
      );
      const { id, spec } = requireRecord("QueueService/GetQueue", `queue "${name}"`, read.queue);
      if (seen !== undefined) await refuseOtherSelector(name, seen, spec?.clusters ?? [], isDeleted);
      const request = { id: id ?? { organization, name }, spec: mergeQueueSpec(supported, spec) };
      const answer = await caller.write("QueueService/UpdateQueue", (options) => queues.updateQueue(request, options));
      requireKept(name, request.spec, answer.queue?.spec);
    },
    setQueueState: async (name, state, generation) => {
      const request = {
        id: { organization, name },
        state: state === "active" ? QueueState.ACTIVE : QueueState.DRAINING,
        expectedStateGeneration: BigInt(generation),
      };
      await caller.write("QueueService/UpdateQueueState", (options) => queues.updateQueueState(request, options));
    },
    deleteQueue: async (name, generation) => {
      const request = { id: { organization, name }, expectedStateGeneration: BigInt(generation) };
      await caller.write("QueueService/DeleteQueue", (options) => queues.deleteQueue(request, options));
    },
    undeleteQueue: async (name) => {
      const id = { organization, name };
      await caller.write("QueueService/UndeleteQueue", (options) => queues.undeleteQueue({ id }, options));
    },
  };
}

/**
 * A selector that another writer has set since a plan read the queue, or since poolkeeper wrote it, is not overwritten unseen. One that has
 * only lost clusters that are deleted is no one's choice.
 */
async function refuseOtherSelector(
  name: string,
  seen: readonly string[],
  present: readonly string[],
  isDeleted: (cluster: string) => Promise<boolean>,
): Promise<void> {
  if (isSameSelector(seen, present)) return;
  const deleted = new Set<string>();
  for (const cluster of seen) {
    if (cluster !== "*" && !present.includes(cluster) && (await isDeleted(cluster))) deleted.add(cluster);
  }
  if (isAsWritten(seen, present, (cluster) => deleted.has(cluster))) return;
  const message = `queue ${name} was set to ${listNames(seen)}, but another writer has since set it to ${listNames(present)}: that selector is kept`;
  throw new OperationalError(SELECTOR_CHANGED, message, { next: "stop" });
}

function listNames(clusters: readonly string[]): string {
  return clusters.length === 0 ? "no cluster" : clusters.join(", ");
}

/**
 * A release that does not know a field drops it without a word: the releases between the generations do not know all limits. Throws an
 * OperationalError `limit_dropped` where a write was taken without some, so that none counts as in force that is not.
 */
function requireKept(name: string, sent: QueueSpec, answered: QueueSpec | undefined): void {
  if (answered === undefined) return;
  const dropped = CAPACITY_LIMITS.filter((limit) => IS_SET[limit](sent) && !IS_SET[limit](answered));
  if (dropped.length === 0) return;
  const message = `The control plane took queue ${name} without ${dropped.join(" and ")}, which its release does not know. Remove what the manifest says of it, or upgrade the control plane.`;
  throw new OperationalError("limit_dropped", message, { next: "stop", outcomeUnknown: true, answered: true });
}

/** Whether a limit is anything but what a queue has without it. */
const IS_SET: Readonly<Record<CapacityLimit, (spec: QueueSpec) => boolean>> = {
  scheduling: ({ scheduling }) => scheduling > SchedulingAlgorithm.STRICT_FIFO,
  max_resources: ({ maxResources }) => maxResources.length > 0,
  max_accelerators: ({ maxAccelerators }) => maxAccelerators.length > 0,
};

/** Without what the generation lacks: an older server would not know the fields. */
function keepSupported(set: QueuePatch, { queue_capacity }: Capabilities): QueuePatch {
  if (queue_capacity) return set;
  const lacking: readonly string[] = CAPACITY_LIMITS;
  return Object.fromEntries(Object.entries(set).filter(([field]) => !lacking.includes(field)));
}
