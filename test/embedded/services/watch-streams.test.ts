import { createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createEmbeddedTransport } from "../../../src/embedded/services/create-embedded-transport.ts";
import { HealthStatus } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import {
  QueueService,
  WatchOneQueueMetricsRequestSchema,
  WatchOneQueueMetricsResponseSchema,
} from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { id, openWorld, outcomeOf, type World } from "../open-world.ts";

/** The client of 2026-07: the same path with its own messages. */
function watchOne(world: World, name: string, signal?: AbortSignal) {
  const input = WatchOneQueueMetricsRequestSchema;
  const method = { ...QueueService.method.watchQueueMetrics, input, output: WatchOneQueueMetricsResponseSchema };
  const service = { ...QueueService, methods: [method], method: { watchQueueMetrics: method } };
  const client = createClient<typeof service>(service, createEmbeddedTransport(world.model));
  return client.watchQueueMetrics({ id: id(name) }, signal ? { signal } : {})[Symbol.asyncIterator]();
}

function setWork({ model }: World, queue: string, runs: number): void {
  const work = { runs, actions: 2 * runs, depth: 3 * runs };
  const record = runs === 0 ? null : { queue, cluster: null, ...work, peak: work, since: model.now() };
  model.commit([{ table: "work", key: `${queue}/`, record }]);
}

describe("watching queues on 2026-11", () => {
  test("metrics of the named queues of a pool come at once, and again on a change", async () => {
    const world = openWorld("2026-11");
    await world.queue("q", { maxResources: [{ name: 1, value: "8" }] });
    await world.queue("r");
    setWork(world, "q", 1);
    const stop = new AbortController();
    const stream = world.queues.watchQueueMetrics(
      { poolId: id("default"), queueNames: ["q", "none"] },
      { signal: stop.signal },
    );
    const messages = stream[Symbol.asyncIterator]();
    const first = (await messages.next()).value?.metrics;
    expect(first).toMatchObject([
      { runsInFlight: 1, actionsInFlight: 2, currentDepth: 3, maxResources: [{ value: "8" }] },
    ]);
    const next = messages.next();
    setWork(world, "q", 0);
    expect((await next).value?.metrics).toMatchObject([{ runsInFlight: 0, actionsInFlight: 0, currentDepth: 0 }]);
    stop.abort();
    expect(await outcomeOf(messages.next())).toBe("Canceled");
  });

  test("metrics that are held stay as they were, with their time, until they follow the work again", async () => {
    const world = openWorld("2026-11");
    await world.queue("q");
    const stream = world.queues.watchQueueMetrics({ poolId: id("default"), queueNames: ["q"] });
    const messages = stream[Symbol.asyncIterator]();
    const [begin] = (await messages.next()).value?.metrics ?? [];
    const held = messages.next();
    world.model.holdMetrics(true);
    setWork(world, "q", 1);
    expect((await held).value?.metrics).toMatchObject([{ runsInFlight: 0, observedAt: begin?.observedAt }]);
    const released = messages.next();
    world.model.holdMetrics(false);
    expect((await released).value?.metrics).toMatchObject([{ runsInFlight: 1 }]);
    await messages.return?.();
  });

  test("all live queues of a pool are watched when none is named, and a drained one by its name", async () => {
    const world = openWorld("2026-11");
    await world.pool("prod");
    await world.queue("a");
    await world.queue("b");
    await world.queue("p", { clusterPoolName: "prod" });
    await world.drainQueue("b");
    const first = async (queueNames: string[]) => {
      const stream = world.queues.watchQueueMetrics({ poolId: id("default"), queueNames })[Symbol.asyncIterator]();
      const { value } = await stream.next();
      await stream.return?.();
      return value?.metrics.map((one: { id?: { name: string } }) => one.id?.name);
    };
    expect(await first([])).toEqual(["a", "b"]);
    expect(await first(["b"])).toEqual(["b"]);
  });

  test("a pool that does not exist, or none, ends the stream with the reason", async () => {
    const { queues } = openWorld("2026-11");
    const first = (request: Parameters<typeof queues.watchQueueMetrics>[0]) =>
      outcomeOf(queues.watchQueueMetrics(request)[Symbol.asyncIterator]().next());
    expect(await first({ poolId: id("none") })).toBe("NotFound");
    expect(await first({})).toBe("InvalidArgument");
  });

  test("clusters are watched with pool, queues and health", async () => {
    const { cluster, clusters } = openWorld("2026-11");
    await cluster("c");
    const stream = clusters.watchClusters({})[Symbol.asyncIterator]();
    const { value } = await stream.next();
    await stream.return?.();
    expect(value?.clusters).toMatchObject([
      {
        id: { name: "c" },
        clusterPool: { name: "default" },
        health: { status: HealthStatus.WAITING },
        queues: [{ name: "c" }, { name: "default" }],
      },
    ]);
  });
});

test("on 2026-07 one queue is watched by its id, with the messages of that generation", async () => {
  const world = openWorld("2026-07");
  await world.queue("q");
  setWork(world, "q", 1);
  const stream = watchOne(world, "q");
  expect((await stream.next()).value?.metrics).toMatchObject({ id: { name: "q" }, runsInFlight: 1, currentDepth: 3 });
  await stream.return?.();
  expect(await outcomeOf(watchOne(world, "none").next())).toBe("NotFound");
});
