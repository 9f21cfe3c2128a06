import { QUEUE_RESOURCES } from "../../model/objects/spec.ts";
import type { QueueSpec } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import {
  FairnessAlgorithm,
  Priority,
  SchedulingAlgorithm,
} from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import {
  GPUAccelerator_DeviceClass,
  Resources_ResourceName,
} from "../../systems/control-plane/gen/flyteidl2/core/core_pb.js";
import { enumName } from "../state/enum-names.ts";
import { refuse } from "../state/refuse.ts";
import type { State } from "../state/state.ts";

/** Validates a queue's spec on its own, without the state; throws `invalid_argument`. */
export function checkQueueSpec(state: State, spec: QueueSpec): void {
  checkKnown("priority", spec.priority, Priority);
  checkKnown("fairness", spec.fairness, FairnessAlgorithm);
  checkSelector(spec.clusters);
  if (state.generation === "2026-11") {
    checkKnown("scheduling", spec.scheduling, SchedulingAlgorithm);
    checkFairness(spec.fairness);
    checkResources(spec);
    checkAccelerators(spec);
  }
}

/** Checks that every named member is a live cluster of the queue's pool. */
export function checkMembers(state: State, pool: string, clusters: readonly string[]): void {
  for (const name of clusters.filter((member) => member !== "*")) {
    const cluster = state.cluster.rows.get(name);
    if (cluster === undefined) {
      throw refuse("not_found", `the selector names cluster "${name}", which does not exist`);
    }
    if (cluster.state === "deleted" || cluster.state === "deleting") {
      throw refuse("failed_precondition", `the selector names cluster "${name}", which is ${cluster.state}`);
    }
    if (cluster.pool !== pool) {
      throw refuse(
        "failed_precondition",
        `the selector names cluster "${name}" of cluster pool "${cluster.pool}", but the queue routes in "${pool}"`,
      );
    }
  }
}

function checkSelector(clusters: readonly string[]): void {
  if (clusters.length === 0) {
    throw refuse("invalid_argument", 'the selector is empty: name clusters of the pool, or "*" for all of them');
  }
  if (clusters.includes("*") && clusters.length > 1) {
    throw refuse("invalid_argument", 'the selector mixes "*" with names: it is either "*" alone or names');
  }
  if (new Set(clusters).size !== clusters.length) {
    throw refuse("invalid_argument", "the selector names a cluster twice");
  }
}

function checkKnown(field: string, value: number, known: Readonly<Record<string, string | number>>): void {
  if (known[value] === undefined) {
    throw refuse("invalid_argument", `${field} ${value} is not known`);
  }
}

function checkFairness(fairness: FairnessAlgorithm): void {
  if (fairness !== FairnessAlgorithm.ROUND_ROBIN) {
    throw refuse("invalid_argument", "fairness must be round_robin: this control plane has no other");
  }
}

/** A Kubernetes quantity that is not negative. */
const QUANTITY = /^\+?(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/;

function checkResources(spec: QueueSpec): void {
  const known: readonly string[] = QUEUE_RESOURCES;
  const names = spec.maxResources.map((entry) => enumName(Resources_ResourceName, entry.name));
  const odd = names.find((name) => !known.includes(name));
  if (odd !== undefined) {
    throw refuse("invalid_argument", `max_resources cannot cap ${odd}; it caps ${known.join(", ")}`);
  }
  if (new Set(names).size !== names.length) {
    throw refuse("invalid_argument", "max_resources names a resource twice");
  }
  const wrong = spec.maxResources.find((entry) => !QUANTITY.test(entry.value));
  if (wrong !== undefined) {
    throw refuse("invalid_argument", `max_resources: "${wrong.value}" is not a Kubernetes quantity`);
  }
}

function checkAccelerators(spec: QueueSpec): void {
  const seen = new Set<string>();
  for (const { accelerator } of spec.maxAccelerators) {
    const { device = "", deviceClass = 0, partitionSizeValue } = accelerator ?? {};
    if (device === "" && deviceClass !== GPUAccelerator_DeviceClass.NVIDIA_GPU) {
      throw refuse("invalid_argument", "max_accelerators: only NVIDIA GPUs can be capped without a device");
    }
    const selector = JSON.stringify([device, deviceClass, partitionSizeValue]);
    if (seen.has(selector)) {
      throw refuse("invalid_argument", `max_accelerators names "${device}" twice`);
    }
    seen.add(selector);
  }
}
