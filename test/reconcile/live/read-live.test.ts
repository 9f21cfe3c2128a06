import { createRouterTransport } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { readImpact } from "../../../src/reconcile/live/read-impact.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { createReader } from "../../../src/systems/control-plane/create-reader.ts";
import { ClusterService } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { failureOf } from "../../systems/control-plane/fixtures/failure.ts";
import { open } from "../../systems/control-plane/fixtures/open.ts";
import { POOL_CONFIG, QUEUE_SPEC } from "../../systems/control-plane/fixtures/queue-spec.ts";

describe("the live state", () => {
  test("of 2026-11 holds live and deleted records, sorted by name", async () => {
    const server = await serveControlPlane({ generation: "2026-11", org: "acme", now: () => 0 });
    onTestFinished(() => server.close());
    const { reader, writer } = open({ endpoint: server.url });
    for (const name of ["zeta", "alpha"]) await writer.createPool(name, poolConfig(name));
    await writer.registerCluster("c-1", "zeta");
    await writer.createQueue("old", { ...QUEUE_SPEC, cluster_pool: "zeta" }, "drained");
    await writer.deleteQueue("old", (await reader.getQueue("old"))?.generation ?? "");
    await writer.deletePool("alpha");
    const live = await readLive(reader);
    expect(live).toMatchObject({ org: "acme", endpoint: server.url, systems: { union: "read" } });
    expect(live.capabilities.generation).toBe("2026-11");
    expect(live.pools.map((pool) => [pool.name, pool.deleted])).toEqual([
      ["alpha", true],
      ["default", false],
      ["zeta", false],
    ]);
    expect(live.queues.map((queue) => [queue.name, queue.state])).toEqual([
      ["c-1", "active"],
      ["default", "active"],
      ["old", "deleted"],
    ]);
  });

  test("takes a record that is in both lists as the live list has it", async () => {
    const transport = createRouterTransport((router) => {
      router.rpc(QueueService.method.resolveQueue, () => ({}));
      router.rpc(QueueService.method.listQueues, () => ({}));
      router.rpc(ClusterService.method.listClusters, () => ({}));
      router.rpc(ClusterPoolService.method.list, ({ request }) => ({
        clusterPools: [{ id: { name: "p" }, ...(request?.filters.length ? { deletedAt: { seconds: 1n } } : {}) }],
      }));
    });
    const live = await readLive(createReader(transport, { endpoint: "embedded:", org: "acme" }));
    expect(live.pools).toMatchObject([{ name: "p", deleted: false }]);
  });

  test("is not read by the rules of 2026-07 where queues or clusters have states", async () => {
    const server = await serveControlPlane({ generation: "2026-11", org: "acme", now: () => 0 });
    onTestFinished(() => server.close());
    const { reader, writer } = open({ endpoint: server.url }, { detectGeneration: async () => "2026-07" });
    await writer.createQueue("q", QUEUE_SPEC, "active");
    const refused = { code: "generation_unclear", next: "retry" };
    expect(await failureOf(readLive(reader))).toMatchObject({
      ...refused,
      message: expect.stringContaining("queue q"),
    });
    await writer.registerCluster("c-1", "default");
    expect(await failureOf(readLive(reader))).toMatchObject({
      ...refused,
      message: expect.stringContaining("cluster c-1"),
    });
  });

  test("is not read by the rules of 2026-11 where no cluster has a state", async () => {
    const transport = createRouterTransport((router) => {
      router.rpc(QueueService.method.resolveQueue, () => ({}));
      router.rpc(QueueService.method.listQueues, () => ({ queues: [{ id: { name: "q" } }] }));
      router.rpc(ClusterService.method.listClusters, () => ({ clusters: [{ spec: { id: { name: "c" } } }] }));
      router.rpc(ClusterPoolService.method.list, () => ({}));
    });
    const reader = createReader(transport, { endpoint: "https://between.example.com", org: "acme" });
    const { code, message } = await failureOf(readLive(reader));
    expect(code).toBe("generation_unclear");
    expect(message).toMatch(
      /^The generation of the control plane at https:\/\/between\.example\.com is unclear: .*cluster c /,
    );
    expect(message).toContain("ClusterService/UpdateClusterState");
  });
});

function poolConfig(name: string): typeof POOL_CONFIG {
  return { ...POOL_CONFIG, object_store_ref: { uri: `s3://${name}`, endpoint: "" } };
}

describe("the impact", () => {
  const idle = { runs_in_flight: 0, actions_in_flight: 0, current_depth: 0 };
  const failure = new OperationalError("timeout", "did not answer", { next: "retry" });

  test("tells which queues are unknown and why, pool by pool", async () => {
    const reader = {
      readInFlight: async (queues: readonly { name: string; pool: string }[]) => {
        if (queues[0]?.pool === "broken") throw failure;
        return new Map(queues.filter(({ name }) => name !== "silent").map(({ name }) => [name, idle]));
      },
    };
    const impact = await readImpact(reader, [
      { name: "z", pool: "broken" },
      { name: "a", pool: "fine" },
      { name: "silent", pool: "fine" },
      { name: "b", pool: "broken" },
    ]);
    expect(impact.inFlight).toEqual(new Map([["a", idle]]));
    expect(impact.unknown).toEqual([
      { queue: "b", reason: "did not answer" },
      { queue: "silent", reason: "the control plane reports no metrics of it" },
      { queue: "z", reason: "did not answer" },
    ]);
  });

  test("does not hide a bug", async () => {
    const reader = { readInFlight: async () => Promise.reject(new TypeError("bug")) };
    await expect(readImpact(reader, [{ name: "a", pool: "p" }])).rejects.toThrow("bug");
  });
});
