import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { createEmbeddedTransport } from "../../../src/embedded/services/create-embedded-transport.ts";
import { CAPABILITIES, GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import { createReader } from "../../../src/systems/control-plane/create-reader.ts";
import { createWriter } from "../../../src/systems/control-plane/create-writer.ts";
import { ClusterPoolService } from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import {
  QueueSchema,
  QueueService,
  QueueSpecSchema,
  QueueState,
  type QueueStatusSchema,
  type UpdateQueueRequest,
} from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { holdCalls } from "../../set-up/hold-calls.ts";
import { failureOf } from "./fixtures/failure.ts";
import { open } from "./fixtures/open.ts";
import { POOL_CONFIG, QUEUE_SPEC } from "./fixtures/queue-spec.ts";
import { serveRoutes } from "./fixtures/serve.ts";
import { serveGateway } from "./fixtures/serve-gateway.ts";

/** An embedded control plane with pool `gpu` and cluster `gpu-1`, reached over the wire. */
async function serveWorld(generation: Generation) {
  const server = await serveControlPlane({ generation, org: "acme", now: () => 0, adminPort: 0 });
  onTestFinished(() => server.close());
  const opened = open({ endpoint: server.url });
  await opened.writer.createPool("gpu", POOL_CONFIG);
  await opened.writer.registerCluster("gpu-1", "gpu");
  return { ...opened, server };
}

describe.each(GENERATIONS)("generation %s over the wire", (generation) => {
  test("is detected without writing, once", async () => {
    const { reader, server } = await serveWorld(generation);
    const before = server.model.journal.length;
    expect(await reader.detectGeneration()).toBe(generation);
    expect(reader.detectGeneration()).toBe(reader.detectGeneration());
    expect(server.model.journal).toHaveLength(before);
  });

  test("gives back a pool, a cluster and queues as they were written", async () => {
    const { reader, writer } = await serveWorld(generation);
    const registry = { ...POOL_CONFIG, image_registry: { locator: "registry.example.com" } };
    await writer.updatePool("gpu", registry);
    await writer.createQueue("batch", { ...QUEUE_SPEC, cluster_pool: "gpu", clusters: ["gpu-1"] }, "active");
    await writer.updateQueue("batch", { depth: 7, priority: "max" });
    expect(await reader.getPool("gpu")).toMatchObject({ config: registry, deleted: false });
    expect(await reader.getCluster("gpu-1")).toMatchObject({ pool: "gpu", state: "active", health: "unknown" });
    const { spec } = (await reader.getQueue("batch")) ?? { spec: null };
    expect(spec).toMatchObject({
      cluster_pool: "gpu",
      clusters: ["gpu-1"],
      depth: 7,
      priority: "max",
      run_concurrency: 1,
    });
    const implicit = await reader.getQueue("gpu-1");
    expect(implicit).toMatchObject({
      cluster_managed: CAPABILITIES[generation].co_named_managed,
      spec: { clusters: ["gpu-1"] },
    });
  });

  test("lists all of many records, in pages", async () => {
    const { reader, writer } = await serveWorld(generation);
    const names = Array.from({ length: 250 }, (_, index) => `queue-${index}`);
    for (const name of names) await writer.createQueue(name, { ...QUEUE_SPEC, cluster_pool: "gpu" }, "active");
    const listed = await reader.listQueues("live");
    expect(listed.map((queue) => queue.name).toSorted()).toEqual([...names, "default", "gpu-1"].toSorted());
  });

  test("has nothing under a name that nobody took", async () => {
    const { reader } = await serveWorld(generation);
    expect([await reader.getPool("x"), await reader.getCluster("x"), await reader.getQueue("x")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("tells the work in flight of the queues asked for, and leaves unknown ones out", async () => {
    const { reader, writer } = await serveWorld(generation);
    await writer.createQueue("batch", { ...QUEUE_SPEC, cluster_pool: "gpu" }, "active");
    const asked = [
      { name: "batch", pool: "gpu" },
      { name: "default", pool: "default" },
      { name: "nobody", pool: "gpu" },
    ];
    const idle = { runs_in_flight: 0, actions_in_flight: 0, current_depth: 0 };
    const quick = open({ endpoint: reader.endpoint }, { metricsLimits: { firstMs: 5_000, restMs: 50 } });
    expect(await quick.reader.readInFlight(asked)).toEqual(
      new Map([
        ["batch", idle],
        ["default", idle],
      ]),
    );
  });

  test("is the same in this process, without a wire", async () => {
    const { server, reader } = await serveWorld(generation);
    const inside = createReader(createEmbeddedTransport(server.model), { endpoint: "embedded:", org: "acme" });
    expect(await inside.detectGeneration()).toBe(generation);
    expect(await inside.listClusters("live")).toEqual(await reader.listClusters("live"));
  });

  test("refuses a taken name with the server's words", async () => {
    const { writer } = await serveWorld(generation);
    const failure = await failureOf(writer.createPool("gpu", POOL_CONFIG));
    expect(failure).toMatchObject({ code: "already_exists", next: "stop", outcomeUnknown: false });
    expect(failure.message).toContain("ClusterPoolService/Create");
  });
});

describe("life cycle", () => {
  test("on 2026-11 a queue is drained, deleted, seen among the deleted, and restored as drained", async () => {
    const { reader, writer } = await serveWorld("2026-11");
    await writer.createQueue("batch", { ...QUEUE_SPEC, cluster_pool: "gpu" }, "drained");
    await writer.deleteQueue("batch", (await reader.getQueue("batch"))?.generation ?? "");
    expect((await reader.listQueues("live")).map((queue) => queue.name)).not.toContain("batch");
    expect((await reader.listQueues("deleted")).map((queue) => queue.name)).toEqual(["batch"]);
    expect(await reader.getQueue("batch")).toMatchObject({ state: "deleted" });
    await writer.undeleteQueue("batch");
    expect(await reader.getQueue("batch")).toMatchObject({ state: "drained" });
    await writer.setQueueState("batch", "active", (await reader.getQueue("batch"))?.generation ?? "");
    expect(await reader.getQueue("batch")).toMatchObject({ state: "active" });
  });

  test("on 2026-11 a cluster is drained, moved, deleted and restored, and a deleted pool is still found", async () => {
    const { reader, writer } = await serveWorld("2026-11");
    const generationOf = async () => (await reader.getCluster("gpu-1"))?.generation ?? "";
    await writer.setClusterState("gpu-1", "draining", await generationOf());
    await writer.moveCluster("gpu-1", "default");
    expect(await reader.getCluster("gpu-1")).toMatchObject({ pool: "default", state: "drained" });
    await writer.deleteCluster("gpu-1", await generationOf());
    expect(await reader.listClusters("deleted")).toMatchObject([{ name: "gpu-1", state: "deleted" }]);
    await writer.deletePool("gpu");
    expect(await reader.getPool("gpu")).toMatchObject({ deleted: true });
    expect((await reader.listPools("live")).map((pool) => pool.name)).toEqual(["default"]);
    expect((await reader.listPools("deleted")).map((pool) => pool.name)).toEqual(["gpu"]);
    await writer.undeletePool("gpu");
    await writer.undeleteCluster("gpu-1");
    expect(await reader.getCluster("gpu-1")).toMatchObject({ state: "drained" });
  });

  test("on 2026-07 nothing deleted is asked for, and a deleted cluster is gone", async () => {
    const { reader, writer } = await serveWorld("2026-07");
    await writer.deleteCluster("gpu-1", "0");
    expect(await reader.getCluster("gpu-1")).toBeUndefined();
    expect(await reader.listClusters("deleted")).toEqual([]);
  });

  test("on 2026-07 the update of a pool brings no cluster back that its owner deletes meanwhile", async () => {
    const { reader, writer, server } = await serveWorld("2026-07");
    await writer.registerCluster("theirs", "gpu");
    const held = await holdCalls(server.adminUrl, { method: "ClusterPoolService/Update" });
    const config = { ...POOL_CONFIG, image_registry: { locator: "registry.example.com" } };
    const updated = writer.updatePool("gpu", config);
    await held.arrived();
    await writer.deleteCluster("theirs", "0");
    await held.release();
    await updated;
    expect(await reader.getPool("gpu")).toMatchObject({ config });
    expect((await reader.listClusters("live")).map(({ name }) => name)).toEqual(["gpu-1"]);
  });
});

describe("an update of a queue", () => {
  /** A control plane of a later generation: its queue has a field that we do not know. */
  async function serveLaterQueue(updates: UpdateQueueRequest[]) {
    const later = Buffer.from([0x9a, 0x06, 0x03, 0x6e, 0x65, 0x77]);
    const spec = create(QueueSpecSchema, { clusterPoolName: "gpu", priority: 7 as never, depth: 5 });
    const queue = create(QueueSchema, {
      id: { organization: "acme", domain: "d", project: "p", name: "q" },
      spec: fromBinary(QueueSpecSchema, Buffer.concat([toBinary(QueueSpecSchema, spec), later])),
    });
    return serveRoutes((router) => {
      router.rpc(QueueService.method.getQueue, () => ({ queue }));
      router.rpc(QueueService.method.resolveQueue, () => {
        throw new ConnectError("queue_name is empty", Code.InvalidArgument);
      });
      router.rpc(QueueService.method.updateQueue, (request) => {
        updates.push(request);
        return {};
      });
    });
  }

  test("sends back what it does not know, over the wire and whole", async () => {
    const updates: UpdateQueueRequest[] = [];
    const { writer } = open({ endpoint: `http://127.0.0.1:${await serveLaterQueue(updates)}` });
    await writer.updateQueue("q", { depth: 6 });
    expect(updates).toHaveLength(1);
    expect(updates[0]?.id).toMatchObject({ organization: "acme", domain: "d", project: "p", name: "q" });
    expect(updates[0]?.spec).toMatchObject({ clusterPoolName: "gpu", priority: 7, depth: 6 });
    expect(updates[0]?.spec?.$unknown).toHaveLength(1);
  });

  test("of an answer without a queue is a bad answer", async () => {
    const port = await serveRoutes((router) => router.rpc(QueueService.method.getQueue, () => ({})));
    const { writer } = open({ endpoint: `http://127.0.0.1:${port}` });
    expect(await failureOf(writer.updateQueue("q", {}))).toMatchObject({ code: "bad_answer" });
  });

  test.each([
    ["max_resources", { max_resources: { cpu: "4" } }],
    ["max_accelerators", { max_accelerators: { H100: 1 } }],
    ["scheduling", { scheduling: "greedy_capacity" }],
  ] as const)("fails where the release takes the queue without %s, which it does not know", async (limit, set) => {
    const port = await serveRoutes((router) => {
      const queue = { id: { organization: "acme", name: "q" }, spec: { clusterPoolName: "gpu" } };
      router.rpc(QueueService.method.resolveQueue, () => ({}));
      router.rpc(QueueService.method.getQueue, () => ({ queue }));
      router.rpc(QueueService.method.updateQueue, () => ({ queue }));
      router.rpc(QueueService.method.createQueue, () => ({ queue }));
    });
    const { writer } = open({ endpoint: `http://127.0.0.1:${port}` });
    const update = () => writer.updateQueue("q", set);
    const make = () => writer.createQueue("q", { ...QUEUE_SPEC, ...set }, "active");
    for (const write of [update, make]) {
      // It was written all the same, and is not on its way any more.
      const refused = { code: "limit_dropped", next: "stop", outcomeUnknown: true, answered: true };
      expect(await failureOf(write())).toMatchObject({
        ...refused,
        message: expect.stringContaining(`without ${limit},`),
      });
    }
    await writer.createQueue("q", QUEUE_SPEC, "active");
  });

  test("leaves out what 2026-07 lacks", async () => {
    const specs: unknown[] = [];
    const transport = createRouterTransport((router) => {
      router.rpc(QueueService.method.createQueue, (request) => {
        specs.push(request.spec);
        return {};
      });
    });
    const identity = { endpoint: "embedded:", org: "acme" };
    const writer = createWriter(transport, identity, { detectGeneration: async () => "2026-07" });
    await writer.createQueue(
      "q",
      { ...QUEUE_SPEC, max_resources: { cpu: "1" }, max_accelerators: { H100: 1 } },
      "active",
    );
    expect(specs).toMatchObject([{ scheduling: 0, maxResources: [], maxAccelerators: [] }]);
  });
});

describe("detecting the generation", () => {
  /** Gives the codes one after the other, the last one from then on. */
  const probe = async (codes: (Code | null)[], status: MessageInitShape<typeof QueueStatusSchema> = {}) => {
    const port = await serveRoutes((router) => {
      router.rpc(QueueService.method.resolveQueue, () => {
        const code = codes.length > 1 ? codes.shift() : codes[0];
        if (typeof code === "number") throw new ConnectError("no", code);
        return {};
      });
      router.rpc(QueueService.method.getQueue, ({ id }) => ({ queue: { ...(id ? { id } : {}), status } }));
    });
    return open({ endpoint: `http://127.0.0.1:${port}` }, { retries: 0 }).reader.detectGeneration();
  };

  test.each([null, Code.InvalidArgument, Code.NotFound, Code.FailedPrecondition])(
    "answer %s is 2026-11",
    async (code) => {
      expect(await probe([code])).toBe("2026-11");
    },
  );

  test("unimplemented is 2026-07", async () => {
    expect(await probe([Code.Unimplemented])).toBe("2026-07");
  });

  test.each([
    ["a queue whose states are counted", [Code.Unimplemented], { stateGeneration: 1n }],
    ["a queue that is drained", [Code.Unimplemented], { state: QueueState.DRAINED }],
    ["another answer to the same question", [Code.Unimplemented, Code.InvalidArgument], {}],
  ])("unimplemented beside %s is unclear", async (_, codes, status) => {
    expect(await failureOf(probe(codes, status))).toMatchObject({ code: "generation_unclear", next: "retry" });
  });

  test.each([404, 501])("a page with %i in place of every answer is an error, and no generation", async (status) => {
    const endpoint = await serveGateway("http://127.0.0.1:1", () => true, status);
    expect(await failureOf(open({ endpoint }).reader.detectGeneration())).toMatchObject({ code: "unimplemented" });
  });

  test.each([Code.Unauthenticated, Code.PermissionDenied, Code.Unavailable, Code.Internal, Code.ResourceExhausted])(
    "answer %s tells nothing and is an error",
    async (code) => {
      await failureOf(probe([code]));
    },
  );

  test("a failure is not remembered", async () => {
    let up = false;
    const port = await serveRoutes((router) => {
      router.rpc(QueueService.method.resolveQueue, () => {
        throw new ConnectError("", up ? Code.InvalidArgument : Code.Unauthenticated);
      });
    });
    const { reader } = open({ endpoint: `http://127.0.0.1:${port}` });
    await failureOf(reader.detectGeneration());
    up = true;
    expect(await reader.detectGeneration()).toBe("2026-11");
  });
});

test("a list that a server gives with live and deleted records mixed is sorted out", async () => {
  const transport = createRouterTransport((router) => {
    router.rpc(QueueService.method.resolveQueue, () => ({}));
    router.rpc(ClusterPoolService.method.list, () => ({
      clusterPools: [{ id: { name: "live" } }, { id: { name: "gone" }, deletedAt: { seconds: 1n } }],
    }));
  });
  const reader = createReader(transport, { endpoint: "embedded:", org: "acme" });
  expect((await reader.listPools("live")).map((pool) => pool.name)).toEqual(["live"]);
  expect((await reader.listPools("deleted")).map((pool) => pool.name)).toEqual(["gone"]);
});
