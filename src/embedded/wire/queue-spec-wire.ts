import { fromJson, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import type { Generation } from "../../model/objects/live.ts";
import type { CapacityLimit } from "../../model/objects/queue-limits.ts";
import {
  FairnessAlgorithm,
  Priority,
  type QueueSpec,
  type QueueSpecSchema,
  SchedulingAlgorithm,
} from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import {
  GPUAcceleratorSchema,
  Resources_ResourceName,
} from "../../systems/control-plane/gen/flyteidl2/core/core_pb.js";
import { enumName, enumValue } from "../state/enum-names.ts";
import type { AcceleratorCap, StoredQueueSpec } from "../state/state.ts";

/** A queue's spec in its stored form; fields that the served generation does not have are dropped. */
export function queueSpecFromWire(spec: QueueSpec, generation: Generation): StoredQueueSpec {
  return {
    run_concurrency: spec.runConcurrency,
    action_concurrency: spec.actionConcurrency,
    depth: spec.depth,
    priority: enumName(Priority, spec.priority),
    fairness: enumName(FairnessAlgorithm, spec.fairness),
    clusters: spec.clusters,
    cluster_pool: spec.clusterPoolName,
    ...(generation === "2026-07" ? NO_CAPACITY : capacityFromWire(spec)),
  };
}

const NO_CAPACITY: Pick<StoredQueueSpec, CapacityLimit> = {
  scheduling: "unspecified",
  max_resources: {},
  max_accelerators: [],
};

function capacityFromWire(spec: QueueSpec): typeof NO_CAPACITY {
  return {
    scheduling: enumName(SchedulingAlgorithm, spec.scheduling),
    max_resources: Object.fromEntries(
      spec.maxResources.map((entry) => [enumName(Resources_ResourceName, entry.name), entry.value]),
    ),
    max_accelerators: spec.maxAccelerators.flatMap(({ accelerator, count }) =>
      accelerator === undefined
        ? []
        : [
            {
              accelerator: toJson(GPUAcceleratorSchema, accelerator, { useProtoFieldName: true }),
              count: Number(count),
            },
          ],
    ),
  };
}

/** A queue's spec as its wire message. */
export function queueSpecToWire(spec: StoredQueueSpec): MessageInitShape<typeof QueueSpecSchema> & object {
  return {
    runConcurrency: spec.run_concurrency,
    actionConcurrency: spec.action_concurrency,
    depth: spec.depth,
    priority: enumValue(Priority, spec.priority) ?? 0,
    fairness: enumValue(FairnessAlgorithm, spec.fairness) ?? 0,
    clusters: [...spec.clusters],
    clusterPoolName: spec.cluster_pool,
    ...capsToWire(spec),
    scheduling: enumValue(SchedulingAlgorithm, spec.scheduling) ?? 0,
  };
}

/** The caps of a queue, as in both its spec and its metrics. */
export function capsToWire(spec: StoredQueueSpec) {
  return {
    maxResources: Object.entries(spec.max_resources).map(([name, value]) => ({
      name: enumValue(Resources_ResourceName, name) ?? 0,
      value,
    })),
    maxAccelerators: spec.max_accelerators.map(acceleratorToWire),
  };
}

function acceleratorToWire({ accelerator, count }: AcceleratorCap) {
  return {
    accelerator: fromJson(GPUAcceleratorSchema, accelerator, { ignoreUnknownFields: true }),
    count: BigInt(count),
  };
}
