import { create } from "@bufbuild/protobuf";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { ACCELERATOR_CLASSES, ACCELERATOR_NAMES, parseAcceleratorSelector } from "../../model/objects/accelerator.ts";
import { type AcceleratorCapacity, AcceleratorCapacitySchema } from "./gen/cloudidl/cluster/cluster_pb.js";
import { AcceleratorModel, type GPUAccelerator, GPUAcceleratorSchema } from "./gen/flyteidl2/core/core_pb.js";

/**
 * The selector of one accelerator on the wire: `nvidia-h100`, `nvidia-a100/1g.5gb`, `nvidia_gpu`. A device unknown to us keeps
 * its own name; one that has only a model number unknown to us is `unknown(N)`.
 */
export function decodeAcceleratorSelector(accelerator: GPUAccelerator | undefined): string {
  if (accelerator === undefined) return "unknown(0)";
  const { partitionSizeValue: partition } = accelerator;
  const device = decodeDevice(accelerator);
  return partition.case === "partitionSize" && partition.value !== "" ? `${device}/${partition.value}` : device;
}

function decodeDevice({ device, acceleratorModel, deviceClass }: GPUAccelerator): string {
  if (device !== "") return device;
  if (acceleratorModel !== 0) return nameOfModel(acceleratorModel) ?? `unknown(${acceleratorModel})`;
  return ACCELERATOR_CLASSES[deviceClass] ?? `unknown_class(${deviceClass})`;
}

/**
 * A selector with its count as the upstream client sends it: device name, class, model, and either `unpartitioned` or the
 * partition. Throws an OperationalError `invalid_value` for a selector that no accelerator answers to.
 */
export function encodeAccelerator(text: string, count: number): AcceleratorCapacity {
  const selector = parseAcceleratorSelector(text);
  if (selector === undefined) {
    throw new OperationalError(
      "invalid_value",
      `max_accelerators "${text}" is not an accelerator; use a device such as H100 or nvidia-a100/1g.5gb, or nvidia_gpu.`,
      { next: "stop" },
    );
  }
  const accelerator = create(GPUAcceleratorSchema, {
    device: selector.device ?? "",
    deviceClass: ACCELERATOR_CLASSES.indexOf(selector.class),
    acceleratorModel: selector.device === null ? 0 : modelOfName(selector.device),
    partitionSizeValue:
      selector.partition === null
        ? { case: "unpartitioned", value: true }
        : { case: "partitionSize", value: selector.partition },
  });
  return create(AcceleratorCapacitySchema, { accelerator, count: BigInt(count) });
}

/** The wire says AMAZON_TRN1 where the canonical name is aws-trn1; all others differ in case and hyphens only. */
function enumKeyOf(name: string): string {
  return name.replace(/^aws-/, "amazon-").replaceAll("-", "_").toUpperCase();
}
const MODELS = new Map<string, number>(
  Object.entries(AcceleratorModel).flatMap(([key, value]) =>
    typeof value === "number" ? [[key, value] as const] : [],
  ),
);
const NAMES = new Map(
  Object.values(ACCELERATOR_NAMES)
    .flat()
    .map((name) => [modelOfName(name), name] as const),
);
function modelOfName(name: string): number {
  return MODELS.get(enumKeyOf(name)) ?? 0;
}
function nameOfModel(model: number): string | undefined {
  return NAMES.get(model);
}
