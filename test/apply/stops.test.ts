import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createRoutes } from "../../src/embedded/services/create-routes.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { ApplyReport } from "../../src/model/plan/apply-report.ts";
import { createWriter } from "../../src/systems/control-plane/create-writer.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { writable } from "../store/writable.ts";
import { journalSince, ORG, recordEvents, serveWorld } from "./serve-world.ts";
import { MOVED, TWO_POOLS } from "./situations.ts";

/** The status of each step, with the step that is the cause of a skipped one. */
const statuses = ({ steps }: ApplyReport) =>
  Object.fromEntries(steps.map(({ id, status, because }) => [id, because === null ? status : `${status}: ${because}`]));

const POOL_WITH_CLUSTERS: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa")],
  clusters: ["c1", "c2", "c3", "c4", "c5", "c6"].map((name) => desiredCluster(name, "pa")),
  queues: [],
};

describe("a step that fails", () => {
  const next: Desired = {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa"), desiredPool("pc")],
    clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c9", "pc")],
    queues: [desiredQueue("pins", "pa", ["c1"]), desiredQueue("any", "pa", ["*"]), desiredQueue("new", "pc", ["c9"])],
  };

  test("takes with it only what depends on it, and holds back what would be destroyed", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    const plan = await world.plan(next);
    await world.fault({ method: "ClusterPoolService/Create", code: "permission_denied" });
    const report = await world.apply(plan, { parallelism: 1 });
    expect(statuses(report)).toEqual({
      "cluster_pool.pc/create": "failed",
      "cluster.c9/create": "skipped: cluster_pool.pc/create",
      "queue.new/create": "skipped: cluster_pool.pc/create",
      "queue.pins/update": "applied",
      "cluster.c3/drain": "skipped: cluster_pool.pc/create",
      "cluster.c3/await/drained": "skipped: cluster_pool.pc/create",
      "cluster.c3/delete": "skipped: cluster_pool.pc/create",
      "cluster_pool.pb/delete": "skipped: cluster_pool.pc/create",
    });
    expect(report).toMatchObject({ status: "failed", done: { add: 0, change: 1, replace: 0, destroy: 0 } });
    await world.converge(next);
    expect((await world.plan(next)).steps).toEqual([]);
  });

  test("because the store can't record it counts as failed, is named as carried out, and the rest is finished", async () => {
    const world = await serveWorld("2026-11");
    const plan = await world.plan(next);
    const memory = await world.openMemory();
    const ledger = await writable(await memory.openForWriting());
    const broken = {
      ...ledger,
      recordOwned: async (object: Parameters<typeof ledger.recordOwned>[0]) => {
        if (object.address === "cluster_pool.pc")
          throw new OperationalError("store_failed", "disk full", { next: "stop" });
        await ledger.recordOwned(object);
      },
    };
    const report = await world.apply(plan, { ledger: broken });
    await memory.close();
    expect(report.steps.find(({ status }) => status === "failed")).toMatchObject({
      id: "cluster_pool.pc/create",
      code: "store_failed",
      message: "The write was applied, but could not be recorded: disk full",
    });
    expect(statuses(report)).toMatchObject({
      "queue.any/create": "applied",
      "cluster.c9/create": expect.stringContaining("skipped"),
    });
    await world.converge(next);
  });
});

describe("how many writes are under way", () => {
  test.each([1, 3])("at most %i at once, and that many where there is enough to do", async (parallelism) => {
    const world = await serveWorld("2026-11");
    const plan = await world.plan(POOL_WITH_CLUSTERS);
    const held = await world.hold({ method: "CreateCluster", count: 6 });
    let running = 0;
    let most = 0;
    const applied = world.apply(plan, {
      parallelism,
      onEvent: ({ type }) => {
        if (type === "started") running += 1;
        if (type === "ended") running -= 1;
        most = Math.max(most, running);
      },
    });
    await held.arrived(parallelism);
    await held.release();
    await applied;
    expect(most).toBe(parallelism);
  });

  test("a wait takes no place among them", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const plan = await world.plan({ ...MOVED, queues: [...MOVED.queues, desiredQueue("new", "pa", ["c2"])] });
    const report = await world.apply(plan, { parallelism: 1, wait_ms: 500 });
    expect(statuses(report)).toMatchObject({ "cluster.c1/await/drained": "waiting", "queue.new/create": "applied" });
  });
});

describe("events", () => {
  test("each step that runs is told as started and then ended, each other one as ended", async () => {
    const world = await serveWorld("2026-11");
    const { lines, onEvent } = recordEvents();
    await world.fault({ method: "CreateCluster", code: "unavailable" });
    await world.fault({ method: "CreateCluster", code: "permission_denied", count: 6 });
    const report = await world.apply(await world.plan({ ...TWO_POOLS }), { parallelism: 1, onEvent });
    for (const { id, status } of report.steps) {
      const mine = lines.filter((line) => line.split(" ")[1] === id && !line.startsWith("progress"));
      expect(mine).toEqual(status === "skipped" ? [`ended ${id} skipped`] : [`started ${id}`, `ended ${id} ${status}`]);
    }
    expect(lines.filter((line) => line.startsWith("progress"))).toEqual(["progress cluster.c1/create"]);
  });
});

describe("an interruption", () => {
  test("lets calls under way finish and starts nothing new; the next apply goes on", async () => {
    const world = await serveWorld("2026-11");
    const abort = new AbortController();
    const held = await world.hold({ method: "CreateCluster", count: 2 });
    const applied = world.apply(await world.plan(POOL_WITH_CLUSTERS), { parallelism: 2, signal: abort.signal });
    await held.arrived(2);
    abort.abort();
    await held.release();
    const report = await applied;
    const ended = report.steps.map(({ status }) => status);
    expect(report.status).toBe("cancelled");
    expect(ended.filter((status) => status === "applied")).toHaveLength(3);
    expect(ended.filter((status) => status === "cancelled")).toHaveLength(4);
    expect(report.done).toEqual({ add: 3, change: 0, replace: 0, destroy: 0 });
    await world.converge(POOL_WITH_CLUSTERS);
  });

  test("ends a wait at once", async () => {
    const world = await serveWorld("2026-11");
    await world.converge(TWO_POOLS);
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const abort = new AbortController();
    let sleeps = 0;
    world.onSleep = () => {
      sleeps += 1;
      if (sleeps === 2) abort.abort();
    };
    const report = await world.apply(await world.plan(MOVED), { signal: abort.signal });
    expect(report).toMatchObject({ status: "cancelled", left_drained: ["cluster.c1"] });
    expect(sleeps).toBe(2);
  });

  test("that an earlier run began leaves the same out of service", async () => {
    const world = await serveWorld("2026-11");
    const pin = (pool: string) => desiredQueue("pin", pool, ["c1"]);
    await world.converge({ ...TWO_POOLS, queues: [...TWO_POOLS.queues, pin("pa")] });
    const moved = { ...MOVED, queues: [...MOVED.queues, pin("pb")] };
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const left: (readonly string[])[] = [];
    for (let run = 0; run < 3; run += 1) {
      const abort = new AbortController();
      let sleeps = 0;
      world.onSleep = () => {
        sleeps += 1;
        if (sleeps === 4) abort.abort();
      };
      const report = await world.apply(await world.plan(moved), { signal: abort.signal });
      expect(report.status).toBe("cancelled");
      left.push(report.left_drained);
    }
    expect(left).toEqual(Array(3).fill(["cluster.c1", "queue.pin"]));
    await world.post("/inflight", { queue: "c1", cluster: "c1" });
    const last = await world.apply(await world.plan(moved));
    expect(last).toMatchObject({ status: "applied", left_drained: [] });
  });

  test("between two tries ends the tries", async () => {
    const world = await serveWorld("2026-11");
    const abort = new AbortController();
    world.onSleep = () => abort.abort();
    const plan = await world.plan(POOL_WITH_CLUSTERS);
    await world.fault({ method: "ClusterPoolService/Create", code: "unavailable", count: 9 });
    const place = world.model.journal.length;
    const report = await world.apply(plan, { signal: abort.signal });
    expect(report.steps[0]).toMatchObject({ status: "failed", code: "unavailable" });
    expect(journalSince(world, place)).toEqual(["ClusterPoolService/Create unavailable"]);
  });

  test("while it is looked whether all work has ended, stops the delete", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    const abort = new AbortController();
    const plan = await world.plan(MOVED);
    const report = await world.apply(plan, {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === "started" && event.step === "cluster.c1/delete") abort.abort();
      },
    });
    expect(statuses(report)["cluster.c1/delete/cluster.c1"] ?? statuses(report)["cluster.c1/delete"]).toBe("cancelled");
    expect(await world.reader.getCluster("c1")).toBeDefined();
  });
});

describe("the pause before another try", () => {
  test.each([
    ["7", 7_000],
    ["86400", 60_000],
  ])("is what the server asks for, up to a minute: Retry-After %s", async (header, pause) => {
    const world = await serveWorld("2026-11");
    let refusals = 1;
    const transport = createRouterTransport(createRoutes(world.model), {
      router: {
        interceptors: [
          (next) => async (request) => {
            if (request.method.name !== "CreateCluster" || refusals === 0) return next(request);
            refusals -= 1;
            throw new ConnectError("slow down", Code.ResourceExhausted, { "retry-after": header });
          },
        ],
      },
    });
    const { detectGeneration } = world.reader;
    const writer = createWriter(transport, { endpoint: world.url, org: ORG }, { detectGeneration });
    const sleeps: number[] = [];
    world.onSleep = (milliseconds) => void sleeps.push(milliseconds);
    const report = await world.apply(await world.plan(POOL_WITH_CLUSTERS), { writer });
    expect([report.status, sleeps]).toEqual(["applied", [pause]]);
  });

  test("grows from tenths of a second, and differs from step to step", async () => {
    const world = await serveWorld("2026-11");
    await world.fault({ method: "CreateCluster", code: "unavailable", count: 10 });
    const sleeps: number[] = [];
    world.onSleep = (milliseconds) => void sleeps.push(milliseconds);
    await world.apply(await world.plan({ ...POOL_WITH_CLUSTERS, queues: [] }), { parallelism: 2 });
    expect(Math.min(...sleeps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(3_200);
    expect(new Set(sleeps).size).toBe(sleeps.length);
  });
});
