import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ACCELERATOR_NAMES } from "../../../src/model/objects/accelerator.ts";
import { encodeAccelerator } from "../../../src/systems/control-plane/accelerator-codec.ts";
import { decodeCluster } from "../../../src/systems/control-plane/cluster-codec.ts";
import { ClusterSchema, SpecSchema } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolSchema } from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { ClusterPoolConfigSchema } from "../../../src/systems/control-plane/gen/cloudidl/common/common_pb.js";
import { QueueSchema, QueueSpecSchema } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { AcceleratorModel } from "../../../src/systems/control-plane/gen/flyteidl2/core/core_pb.js";
import { decodePool, mergePoolConfig } from "../../../src/systems/control-plane/pool-codec.ts";
import { decodeQueue, mergeQueueSpec } from "../../../src/systems/control-plane/queue-codec.ts";
import { POOL_CONFIG, QUEUE_SPEC } from "./fixtures/queue-spec.ts";

const cluster = (set: MessageInitShape<typeof ClusterSchema>) => {
  const message = create(ClusterSchema, set);
  message.spec ??= create(SpecSchema, { id: { name: "c" } });
  return decodeCluster(message);
};
const queue = (set: MessageInitShape<typeof QueueSchema>) => decodeQueue(create(QueueSchema, set));

describe("a cluster that is read", () => {
  test("takes its pool from `pool`, else from the first of `pools`, else default", () => {
    expect(cluster({ pool: { name: "a" }, pools: [{ name: "b" }] }).pool).toBe("a");
    expect(cluster({ pools: [{ name: "b" }, { name: "c" }] }).pool).toBe("b");
    expect(cluster({}).pool).toBe("default");
  });

  test("of 2026-07 is active, has generation 0 and tells nothing of draining", () => {
    expect(cluster({})).toMatchObject({
      state: "active",
      generation: "0",
      drained: null,
      capacity: null,
      enabled: true,
    });
  });

  test("of 2026-11 tells state, generation beyond 2^53 and what is drained", () => {
    const drainStatus = { overallState: 2, generation: 2n ** 60n, workloads: { runs: { drained: true } } };
    const read = cluster({ drainStatus });
    expect(read).toMatchObject({ state: "draining", generation: "1152921504606846976" });
    expect(read.drained).toEqual({ runs: true, apps: false });
  });

  test("with deleted_at is deleted, unless it is still being deleted", () => {
    expect(cluster({ deletedAt: { seconds: 1n }, drainStatus: { overallState: 3 } }).state).toBe("deleted");
    expect(cluster({ deletedAt: { seconds: 1n }, drainStatus: { overallState: 4 } }).state).toBe("deleting");
  });

  test("in a state that nobody knows is an error that names it", () => {
    expect(() => cluster({ drainStatus: { overallState: 9 as never } })).toThrow(/state 9 for cluster "c"/);
  });

  test("tells health, reasons, capacity, configs and what its operator declared", () => {
    const read = cluster({
      spec: { id: { name: "c" }, state: 2, assignedConfigId: "a" },
      status: {
        health: 2,
        unhealthyReasons: ["bucket differs"],
        capabilities: { resources: { capacity: { cpuUnscaled: 64n, memoryMega: 1024n, gpuUnscaled: 8n } } },
        syncedConfig: { configId: "s" },
        operatorClusterData: { metadataObjectStoreRef: { uri: "s3://b" } },
      },
    });
    expect(read).toMatchObject({ health: "unhealthy", unhealthy_reasons: ["bucket differs"], enabled: false });
    expect(read).toMatchObject({
      assigned_config: "a",
      synced_config: "s",
      capacity: { cpu: 64, memory_mb: 1024, gpu: 8 },
    });
    const store = { uri: "s3://b", endpoint: "" };
    expect(read.data_plane).toEqual({ object_store_ref: store, secret_store: null, image_registry: null });
  });
});

describe("a queue that is read", () => {
  test("shows values unknown to us by their number", () => {
    const spec = queue({
      spec: {
        priority: 7 as never,
        fairness: 8 as never,
        scheduling: 9 as never,
        maxResources: [{ name: 17 as never, value: "1" }],
      },
    }).spec;
    expect(spec).toMatchObject({ priority: "unknown(7)", fairness: "unknown(8)", scheduling: "unknown(9)" });
    expect(spec.max_resources).toEqual({ "unknown(17)": "1" });
  });

  test("made by the server has no scheduling, and the defaults of the rest", () => {
    expect(queue({}).spec).toMatchObject({ scheduling: "unspecified", priority: "medium", fairness: "round_robin" });
  });

  test("names accelerators by device, partition or class, known to us or not", () => {
    const accelerator = (device: string, more = {}) => ({ accelerator: { device, ...more }, count: 1n });
    const spec = queue({
      spec: {
        maxAccelerators: [
          accelerator("nvidia-h100", { partitionSizeValue: { case: "unpartitioned", value: true } }),
          accelerator("nvidia-a100", { partitionSizeValue: { case: "partitionSize", value: "1g.5gb" } }),
          accelerator("weird-9", { acceleratorModel: 999 }),
          accelerator("", { acceleratorModel: 13 }),
          accelerator("", { acceleratorModel: 998 }),
          accelerator(""),
          accelerator("", { deviceClass: 1 }),
        ],
      },
    }).spec;
    const names = ["nvidia-h100", "nvidia-a100/1g.5gb", "weird-9", "unknown(998)", "nvidia_gpu", "google_tpu"];
    expect(Object.keys(spec.max_accelerators)).toEqual(names);
  });
});

describe("an accelerator that is written", () => {
  test("carries what the upstream client sends for it", () => {
    const sent = ({ accelerator }: ReturnType<typeof encodeAccelerator>) => [
      accelerator?.device,
      accelerator?.deviceClass,
      accelerator?.acceleratorModel,
      accelerator?.partitionSizeValue,
    ];
    const whole = { case: "unpartitioned", value: true };
    expect(sent(encodeAccelerator("H100", 8))).toEqual(["nvidia-h100", 0, 13, whole]);
    expect(sent(encodeAccelerator("V6E", 8))).toEqual(["google-tpu-v6e", 1, 102, whole]);
    expect(sent(encodeAccelerator("nvidia_gpu", 8))).toEqual(["", 0, 0, whole]);
    const part = { case: "partitionSize", value: "1g.10gb" };
    expect(sent(encodeAccelerator("A100 80G/1g.10gb", 3))).toEqual(["nvidia-a100-80gb", 0, 10, part]);
  });

  test("covers every model of the wire by exactly one name", () => {
    const models = Object.values(ACCELERATOR_NAMES)
      .flat()
      .map((name) => encodeAccelerator(name, 1).accelerator?.acceleratorModel);
    const known = Object.values(AcceleratorModel).filter((value) => typeof value === "number" && value > 0);
    expect(models.toSorted()).toEqual(known.toSorted());
  });

  test("that nobody knows is refused by name", () => {
    expect(() => encodeAccelerator("H9000", 1)).toThrow(/max_accelerators "H9000" is not an accelerator/);
  });
});

/** Field 99 with the text "new": what a later generation could add. */
const LATER_FIELD = Buffer.from([0x9a, 0x06, 0x03, 0x6e, 0x65, 0x77]);

describe("an update", () => {
  test("changes the fields that it names and keeps unknown fields and values", () => {
    const fresh = create(QueueSpecSchema, { priority: 7 as never, depth: 5, clusters: ["a"], scheduling: 9 as never });
    const read = fromBinary(QueueSpecSchema, Buffer.concat([toBinary(QueueSpecSchema, fresh), LATER_FIELD]));
    const merged = mergeQueueSpec({ depth: 6 }, read);
    expect(merged).toMatchObject({ priority: 7, depth: 6, clusters: ["a"], scheduling: 9 });
    expect(Buffer.from(toBinary(QueueSpecSchema, merged)).includes(LATER_FIELD)).toBe(true);
  });

  test("writes back an unknown value under the number that it was read with", () => {
    const spec = { ...QUEUE_SPEC, priority: "unknown(7)", max_resources: { "unknown(17)": "1" } };
    const merged = mergeQueueSpec(spec);
    expect(merged).toMatchObject({ priority: 7, maxResources: [{ name: 17, value: "1" }] });
  });

  test("of caps puts each entry onto those that were read, unknown devices too, and takes out what is null", () => {
    const read = create(QueueSpecSchema, {
      maxAccelerators: [
        { accelerator: { device: "weird-9", acceleratorModel: 999 as never }, count: 1n },
        { accelerator: { device: "nvidia-t4" }, count: 2n },
        { accelerator: { device: "nvidia-a100" }, count: 3n },
      ],
      maxResources: [
        { name: 1, value: "1" },
        { name: 3, value: "1Gi" },
        { name: 5, value: "2Gi" },
      ],
    });
    const merged = mergeQueueSpec(
      { max_accelerators: { "weird-9": 4, "nvidia-t4": null, H100: 1 }, max_resources: { cpu: "2", memory: null } },
      read,
    );
    expect(merged.maxAccelerators.map((entry) => [entry.accelerator?.device, entry.count])).toEqual([
      ["weird-9", 4n],
      ["nvidia-a100", 3n],
      ["nvidia-h100", 1n],
    ]);
    expect(merged.maxAccelerators[0]?.accelerator?.acceleratorModel).toBe(999);
    expect(merged.maxResources).toMatchObject([
      { name: 1, value: "2" },
      { name: 5, value: "2Gi" },
    ]);
  });

  test("of a queue without fairness sends the default, which the wire requires", () => {
    expect(mergeQueueSpec({ depth: 1 }, create(QueueSpecSchema))).toMatchObject({ fairness: 1, priority: 50 });
  });

  test("with a word that is no value is refused and names the words", () => {
    expect(() => mergeQueueSpec({ priority: "huge" })).toThrow(/priority "huge".*min, medium, max/);
    expect(() => mergeQueueSpec({ priority: "constructor" })).toThrow(/constructor/);
  });

  test("of a pool sets the fields that it names, and keeps the others as they were read", () => {
    const fresh = mergePoolConfig({ ...POOL_CONFIG, image_registry: { locator: "r" } });
    const merged = mergePoolConfig({ secret_store: { locator: "other" }, object_store_ref: { endpoint: "e" } }, fresh);
    expect(decodePool(create(ClusterPoolSchema, { id: { name: "p" }, config: merged })).config).toEqual({
      object_store_ref: { ...POOL_CONFIG.object_store_ref, endpoint: "e" },
      secret_store: { ...POOL_CONFIG.secret_store, locator: "other" },
      image_registry: { locator: "r" },
    });
  });

  test("of a pool keeps unknown fields, and removes a registry that is not wanted", () => {
    const fresh = mergePoolConfig({ ...POOL_CONFIG, image_registry: { locator: "r" } });
    const bytes = Buffer.concat([toBinary(ClusterPoolConfigSchema, fresh), LATER_FIELD]);
    const merged = mergePoolConfig(POOL_CONFIG, fromBinary(ClusterPoolConfigSchema, bytes));
    expect(merged.imageRegistry).toBeUndefined();
    expect(Buffer.from(toBinary(ClusterPoolConfigSchema, merged)).includes(LATER_FIELD)).toBe(true);
    expect(decodePool(create(ClusterPoolSchema, { id: { name: "p" }, config: merged })).config).toEqual(POOL_CONFIG);
  });
});
