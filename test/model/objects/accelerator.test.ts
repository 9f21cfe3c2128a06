import { describe, expect, test } from "vitest";
import { ACCELERATOR_NAMES, normaliseAcceleratorSelector } from "../../../src/model/objects/accelerator.ts";

describe("accelerator selectors", () => {
  test.each([
    ["H100", "nvidia-h100"],
    [" h100 ", "nvidia-h100"],
    ["NVIDIA-H100", "nvidia-h100"],
    ["V6E", "google-tpu-v6e"],
    ["Trn1", "aws-trn1"],
    ["MI300X", "amd-mi300x"],
    ["Gaudi1", "habana-gaudi1"],
    ["A100 80G", "nvidia-a100-80gb"],
    ["RTX PRO 6000", "nvidia-rtx-pro-6000"],
    ["A100/1g.5gb", "nvidia-a100/1g.5gb"],
    ["nvidia_gpu/nvidia-a100/1g.5gb", "nvidia-a100/1g.5gb"],
    ["gpu/h100", "nvidia-h100"],
    ["tpu/V6E/2x2", "google-tpu-v6e/2x2"],
    ["neuron/trn1", "aws-trn1"],
    ["GPU", "nvidia_gpu"],
    ["nvidia_gpu", "nvidia_gpu"],
  ])("%s is %s", (text, canonical) => {
    expect(normaliseAcceleratorSelector(text)).toBe(canonical);
  });

  test.each([
    "",
    "nonsense",
    "nvidia-h100/",
    "google_tpu",
    "tpu",
    "nvidia_gpu/1g.5gb",
    "google_tpu/nvidia-h100",
    "A100 80GB",
  ])("%j is refused, as the upstream client does", (text) => {
    expect(normaliseAcceleratorSelector(text)).toBeUndefined();
  });

  test("every canonical name is its own normal form", () => {
    for (const name of Object.values(ACCELERATOR_NAMES).flat()) expect(normaliseAcceleratorSelector(name)).toBe(name);
  });
});
