import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { QueueService } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { WATCH_ONE_QUEUE, WATCH_POOL_QUEUES } from "../../../src/systems/control-plane/read-metrics.ts";
import { PATIENCE_MS, SOON_MS } from "../../set-up/patience.ts";
import { failureOf } from "./fixtures/failure.ts";
import { open } from "./fixtures/open.ts";
import { serveRoutes } from "./fixtures/serve.ts";

/** Anything from here on is a call's deadline, not one of the short limits of these tests. */
const DEADLINE_MS = 5_000;
const limits = { firstMs: SOON_MS, restMs: SOON_MS };
/** For what is sure to answer. */
const patient = { firstMs: PATIENCE_MS, restMs: PATIENCE_MS };
const metrics = (name: string, runs: number) => ({ id: { organization: "acme", name }, runsInFlight: runs });
const forever = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

const [BEFORE, SINCE] = ["2026-01-01T00:00:00.999Z", "2026-01-01T00:00:01.000Z"];
const at = (time: string) => timestampFromMs(Date.parse(time));

async function openStreams(routes: (router: ConnectRouter) => void, metricsLimits = limits) {
  const port = await serveRoutes(routes);
  return open({ endpoint: `http://127.0.0.1:${port}` }, { metricsLimits, retries: 1 }).reader;
}
/** 2026-11 answers the probe. */
function isNew(router: ConnectRouter) {
  router.rpc(QueueService.method.resolveQueue, () => ({}));
}

describe("work in flight on 2026-11", () => {
  test("is gathered from as many messages as it takes, then the stream is left", async () => {
    const left: string[] = [];
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, async function* ({ poolId, queueNames }, { signal }) {
        for (const name of queueNames) yield { metrics: [metrics(name, queueNames.length)] };
        await forever(signal);
        left.push(poolId?.name ?? "");
      });
    }, patient);
    const found = await reader.readInFlight([
      { name: "a", pool: "p" },
      { name: "b", pool: "p" },
      { name: "c", pool: "r" },
    ]);
    expect([...found].map(([name, { runs_in_flight }]) => [name, runs_in_flight]).toSorted()).toEqual([
      ["a", 2],
      ["b", 2],
      ["c", 1],
    ]);
    await expect.poll(() => left.toSorted()).toEqual(["p", "r"]);
  });

  test("as it was before the time that is asked for does not count, and is listened past", async () => {
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, async function* (_request, { signal }) {
        yield { metrics: ["a", "b", "c"].map((name) => ({ ...metrics(name, 0), observedAt: at(BEFORE) })) };
        yield { metrics: [{ ...metrics("a", 1), observedAt: at(SINCE) }] };
        yield { metrics: [metrics("b", 2)] };
        await forever(signal);
      });
    }, patient);
    const found = await reader.readInFlight([
      { name: "a", pool: "p", since: SINCE },
      { name: "b", pool: "p", since: SINCE },
      { name: "c", pool: "p", since: null },
    ]);
    expect([...found].map(([name, { runs_in_flight }]) => [name, runs_in_flight]).toSorted()).toEqual([
      ["a", 1],
      // A server that does not say when is believed.
      ["b", 2],
      ["c", 0],
    ]);
  });

  test("that a server never observes after the time that is asked for is unknown", async () => {
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, async function* (_request, { signal }) {
        yield { metrics: [{ ...metrics("a", 0), observedAt: at(BEFORE) }] };
        await forever(signal);
      });
    });
    expect(await reader.readInFlight([{ name: "a", pool: "p", since: SINCE }])).toEqual(new Map());
  });

  test("leaves no timer behind that would keep a program from ending", async () => {
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, async function* (_request, { signal }) {
        yield { metrics: [metrics("a", 1)] };
        await forever(signal);
      });
    });
    await reader.detectGeneration();
    const set = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    onTestFinished(() => void vi.restoreAllMocks());
    await reader.readInFlight([{ name: "a", pool: "p" }]);
    const deadlines = set.mock.results.filter((_, index) => Number(set.mock.calls[index]?.[1]) >= DEADLINE_MS);
    expect(deadlines).not.toHaveLength(0);
    const kept = () => deadlines.filter(({ value }) => !cleared.mock.calls.some(([timer]) => timer === value)).length;
    await expect.poll(kept).toBe(0);
  });

  test.each([
    ["after its first message", { ...limits, firstMs: PATIENCE_MS }, "p", ["a"]],
    ["at once", limits, "silent", []],
  ] as const)("is what came before the server fell silent %s", async (_when, given, pool, names) => {
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, async function* ({ poolId }, { signal }) {
        if (poolId?.name === "p") yield { metrics: [metrics("a", 1)] };
        await forever(signal);
      });
    }, given);
    const found = await reader.readInFlight(["a", "b"].map((name) => ({ name, pool })));
    expect([...found.keys()]).toEqual(names);
  });

  test("that fails is an error; a queue that is gone is none", async () => {
    let code = Code.PermissionDenied;
    const reader = await openStreams((router) => {
      isNew(router);
      router.rpc(WATCH_POOL_QUEUES, () => {
        throw new ConnectError("no", code);
      });
    }, patient);
    const failure = await failureOf(reader.readInFlight([{ name: "a", pool: "p" }]));
    expect(failure).toMatchObject({ code: "permission_denied" });
    expect(failure.message).toContain("QueueService/WatchQueueMetrics");
    code = Code.NotFound;
    expect(await reader.readInFlight([{ name: "a", pool: "p" }])).toEqual(new Map());
  });

  test("of no queue asks nothing", async () => {
    const reader = await openStreams(() => undefined);
    expect(await reader.readInFlight([])).toEqual(new Map());
  });
});

describe("work in flight on 2026-07", () => {
  test("takes one stream a queue, sixteen at a time, and listens past what was before the time that is asked for", async () => {
    let running = 0;
    const gate = Promise.withResolvers<void>();
    const reader = await openStreams((router) => {
      router.rpc(QueueService.method.getQueue, () => ({}));
      router.rpc(WATCH_ONE_QUEUE, async function* ({ id }, { signal }) {
        running += 1;
        await gate.promise;
        yield { metrics: { ...metrics(id?.name ?? "", 0), observedAt: at(BEFORE) } };
        yield { metrics: { ...metrics(id?.name ?? "", 3), observedAt: at(SINCE) } };
        await forever(signal);
        running -= 1;
      });
    }, patient);
    const queues = Array.from({ length: 60 }, (_, index) => ({ name: `q${index}`, pool: "p", since: SINCE }));
    const reading = reader.readInFlight(queues);
    await expect.poll(() => running).toBe(16);
    gate.resolve();
    const found = await reading;
    expect(found.size).toBe(60);
    expect(found.get("q59")).toEqual({ runs_in_flight: 3, actions_in_flight: 0, current_depth: 0 });
    await expect.poll(() => running).toBe(0);
  });
});
