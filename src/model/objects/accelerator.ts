/** Device classes as the wire orders them (enum DeviceClass), with the spellings that the upstream client takes. */
export const ACCELERATOR_CLASSES = ["nvidia_gpu", "google_tpu", "amazon_neuron", "amd_gpu", "habana_gaudi"] as const;
export type AcceleratorClass = (typeof ACCELERATOR_CLASSES)[number];

/**
 * Accelerators that a queue's `max_accelerators` can name, by class: the canonical names that the upstream client
 * (`--max-accelerators SELECTOR=COUNT`) sends.
 */
export const ACCELERATOR_NAMES: Readonly<Record<AcceleratorClass, readonly string[]>> = {
  nvidia_gpu: [
    ...[
      "nvidia-k80",
      "nvidia-m60",
      "nvidia-p4",
      "nvidia-p100",
      "nvidia-v100",
      "nvidia-t4",
      "nvidia-a10",
      "nvidia-a10g",
    ],
    ...["nvidia-a100", "nvidia-a100-80gb", "nvidia-l4", "nvidia-l40s", "nvidia-h100", "nvidia-h100-mega-80gb"],
    ...["nvidia-h200", "nvidia-b200", "nvidia-gb200", "nvidia-gb10", "nvidia-rtx-pro-6000", "nvidia-rtx-pro-4500"],
  ],
  google_tpu: ["google-tpu-v5e", "google-tpu-v5p", "google-tpu-v6e"],
  amazon_neuron: ["aws-inf1", "aws-inf2", "aws-trn1", "aws-trn1n", "aws-trn2", "aws-trn2u"],
  amd_gpu: [
    ...["amd-mi100", "amd-mi210", "amd-mi250", "amd-mi250x", "amd-mi300a", "amd-mi300x", "amd-mi325x", "amd-mi350x"],
    "amd-mi355x",
  ],
  habana_gaudi: ["habana-gaudi1"],
};

/** A selector taken apart: its class, a device of it (null: any), and a partition of the device (null: whole devices). */
export interface AcceleratorSelector {
  readonly class: AcceleratorClass;
  readonly device: string | null;
  readonly partition: string | null;
}

const CLASS_SPELLINGS: ReadonlyMap<string, AcceleratorClass> = new Map<string, AcceleratorClass>([
  ...ACCELERATOR_CLASSES.map((name) => [name, name] as const),
  ["gpu", "nvidia_gpu"],
  ["tpu", "google_tpu"],
  ["neuron", "amazon_neuron"],
]);
const VENDOR_PREFIX = /^(nvidia|google-tpu|aws|amd|habana)-/;
const DEVICES = ACCELERATOR_CLASSES.flatMap((name) =>
  ACCELERATOR_NAMES[name].map((device) => ({ class: name, device }) as const),
);
/** Lower-case spelling to device: the canonical name, the name without its vendor (`h100`), and two with spaces. */
const DEVICE_SPELLINGS: ReadonlyMap<string, (typeof DEVICES)[number]> = new Map([
  ...DEVICES.map((entry) => [entry.device, entry] as const),
  ...DEVICES.map((entry) => [entry.device.replace(VENDOR_PREFIX, ""), entry] as const).filter(
    ([s]) => !s.includes("-"),
  ),
  ["a100 80g", { class: "nvidia_gpu", device: "nvidia-a100-80gb" }],
  ["rtx pro 6000", { class: "nvidia_gpu", device: "nvidia-rtx-pro-6000" }],
]);

/**
 * Reads `[class/]device[/partition]` or `nvidia_gpu` alone, in any case: `H100`, `nvidia-h100`, `nvidia_gpu/nvidia-h100`,
 * `A100 80G`, `A100/1g.5gb`, `gpu`. Undefined for what the upstream client refuses: an unknown device, a class that is not
 * the device's, another class than NVIDIA alone, a partition without a device or without a name.
 */
export function parseAcceleratorSelector(text: string): AcceleratorSelector | undefined {
  const [head = "", ...rest] = text.trim().split("/");
  const named = CLASS_SPELLINGS.get(head.toLowerCase());
  if (named === undefined) return parseDevice(head, rest);
  const [device, ...partition] = rest;
  if (device === undefined) return named === "nvidia_gpu" ? { class: named, device: null, partition: null } : undefined;
  const selector = parseDevice(device, partition);
  return selector?.class === named ? selector : undefined;
}

function parseDevice(spelling: string, rest: readonly string[]): AcceleratorSelector | undefined {
  const known = DEVICE_SPELLINGS.get(spelling.trim().toLowerCase());
  if (known === undefined) return undefined;
  const partition = rest.length === 0 ? null : rest.join("/").trim();
  return partition === "" ? undefined : { ...known, partition };
}

/** The one spelling of a selector that live state uses, for example `nvidia-h100` for `H100`; undefined as above. */
export function normaliseAcceleratorSelector(text: string): string | undefined {
  const selector = parseAcceleratorSelector(text);
  if (selector === undefined) return undefined;
  const device = selector.device ?? selector.class;
  return selector.partition === null ? device : `${device}/${selector.partition}`;
}
