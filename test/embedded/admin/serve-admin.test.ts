import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { ClusterService } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { SOON_MS } from "../../set-up/patience.ts";
import { id, outcomeOf, poolOf } from "../open-world.ts";

/** The fields of answers that tests look into one by one. */
interface Answer {
  readonly clusters?: readonly { readonly unhealthy_reasons: readonly string[] }[];
  readonly queues?: readonly unknown[];
  readonly faults?: readonly unknown[];
  readonly held?: Readonly<Record<string, number>>;
}

async function serve(httpVersion: "1.1" | "2" = "1.1") {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => served.close());
  const transport = createConnectTransport({ baseUrl: served.url, httpVersion });
  const ask = async (method: string, path: string, body?: object | string) => {
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(`${served.adminUrl}${path}`, { method, ...sent });
    const answer: Answer = JSON.parse(await response.text());
    return { status: response.status, body: answer };
  };
  return {
    close: () => served.close(),
    model: served.model,
    pools: createClient(ClusterPoolService, transport),
    clusters: createClient(ClusterService, transport),
    queues: createClient(QueueService, transport),
    get: async (path: string) => (await ask("GET", path)).body,
    post: (path: string, body: object | string) => ask("POST", path, body),
    ask,
  };
}

const register = { clusterId: id("c"), clusterPoolName: "" };

describe("what the admin interface shows", () => {
  test("the state is whole and sorted by name", async () => {
    const { clusters, get } = await serve();
    await clusters.createCluster({ ...register, clusterId: id("b") });
    await clusters.createCluster({ ...register, clusterId: id("a") });
    const state = await get("/state");
    expect(state).toMatchObject({
      generation: "2026-11",
      org: "acme",
      cluster_pools: [{ name: "default", member_clusters: ["a", "b"] }],
      clusters: [{ name: "a", pool: "default", state: "active", health: "unknown" }, { name: "b" }],
      queues: [
        { name: "a", cluster_managed: true },
        { name: "b" },
        { name: "default", cluster_managed: false, state: "active" },
      ],
    });
  });

  test("the journal has every mutating RPC with its outcome, in order, and no reads", async () => {
    const { clusters, queues, get } = await serve();
    await clusters.createCluster(register);
    await outcomeOf(clusters.createCluster(register));
    await queues.getQueue({ id: id("c") });
    expect(await get("/journal")).toMatchObject([
      { sequence: 1, method: "ClusterService/CreateCluster", request: { cluster_id: { name: "c" } }, outcome: "ok" },
      { sequence: 2, method: "ClusterService/CreateCluster", outcome: "already_exists" },
    ]);
  });
});

describe("what the admin interface sets", () => {
  test("work in flight is seen by watchers and holds a drain", async () => {
    const { clusters, model, post } = await serve();
    await clusters.createCluster(register);
    await post("/inflight", { queue: "c", cluster: "c", runs: 1, actions: 2, depth: 3 });
    await clusters.updateClusterState({ clusterId: id("c"), state: 2, expectedGeneration: 1n });
    model.settle();
    expect(model.state.cluster.rows.get("c")?.state).toBe("draining");
    await post("/inflight", { queue: "c", cluster: "c" });
    model.settle();
    expect(model.state.cluster.rows.get("c")?.state).toBe("drained");
  });

  test("metrics that are held do not show work that comes", async () => {
    const { clusters, model, post } = await serve();
    await clusters.createCluster(register);
    await post("/metrics", { held: true });
    await post("/inflight", { queue: "default", runs: 1 });
    expect(model.figures().work.get("default")).toBeUndefined();
    await post("/metrics", { held: false });
    expect(model.figures().work.get("default")).toEqual({ runs: 1, actions: 0, depth: 0 });
  });

  test("a report is compared with the pool, under the names of manifests or of the wire", async () => {
    const { clusters, post, get } = await serve();
    await clusters.createCluster(register);
    const good = { uri: "s3://acme-default-metadata", endpoint: "" };
    const store = { type: "KUBERNETES", locator: "" };
    await post("/report", {
      cluster: "c",
      operator_cluster_data: { object_store_ref: good, secret_store: store },
      capacity: { cpu: 4, gpu: 1 },
    });
    expect((await get("/state")).clusters?.[0]).toMatchObject({
      health: "healthy",
      status: { capabilities: { resources: { capacity: { cpu_unscaled: 4 } } } },
    });
    await post("/report", {
      cluster: "c",
      operator_cluster_data: { metadata_object_store_ref: { ...good, uri: "s3://x" } },
    });
    expect((await get("/state")).clusters?.[0]?.unhealthy_reasons).toHaveLength(1);
  });

  test("apps hold a drain and settings hold a deletion", async () => {
    const { clusters, queues, post } = await serve();
    await clusters.createCluster(register);
    await post("/apps", { cluster: "c", apps: 1 });
    const drain = clusters.updateClusterState({ clusterId: id("c"), state: 2, expectedGeneration: 1n });
    expect(await outcomeOf(drain)).toBe("FailedPrecondition");
    await post("/settings", { scope: "development", default_queue: "c" });
    await queues.updateQueueState({ id: id("c"), state: 2 });
    expect(await outcomeOf(queues.deleteQueue({ id: id("c") }))).toBe("FailedPrecondition");
  });

  test.each([
    [
      "a pool's bucket",
      { op: "set", kind: "cluster_pool", name: "default", path: "config.object_store_ref.uri", value: "s3://moved" },
    ],
    ["a queue's depth without spec", { op: "set", kind: "queue", name: "c", path: "depth", value: 9 }],
    ["a queue's selector", { op: "set", kind: "queue", name: "c", path: "spec.clusters", value: [] }],
    ["a queue's caps", { op: "set", kind: "queue", name: "c", path: "max_accelerators", value: { H100: 2 } }],
    ["a cluster's state", { op: "set", kind: "cluster", name: "c", path: "state", value: "drained" }],
    [
      "a new pool",
      {
        op: "create",
        kind: "cluster_pool",
        name: "new",
        object: { config: { object_store_ref: { uri: "s3://new", endpoint: "" } } },
      },
    ],
    [
      "a new queue",
      { op: "create", kind: "queue", name: "new", object: { cluster_pool: "default", clusters: ["c"], depth: 3 } },
    ],
    ["a new cluster", { op: "create", kind: "cluster", name: "new", object: { pool: "default" } }],
  ])("%s is changed past all rules, and the wire tells it", async (_what, request) => {
    const { clusters, pools, queues, post } = await serve();
    await clusters.createCluster(register);
    expect((await post("/mutate", request)).status).toBe(200);
    const told = async () => [
      (await pools.list({})).clusterPools,
      (await clusters.listClusters({})).clusters,
      (await queues.listQueues({})).queues,
    ];
    const text = JSON.stringify(await told(), (_key, value) => (typeof value === "bigint" ? String(value) : value));
    expect(text).toContain(EXPECTED["path" in request ? request.path : request.kind]);
  });

  const EXPECTED: Readonly<Record<string, string>> = {
    "config.object_store_ref.uri": '"uri":"s3://moved"',
    depth: '"depth":9',
    "spec.clusters": '"clusters":[]',
    max_accelerators: '"device":"nvidia-h100"',
    state: '"overallState":3',
    cluster_pool: '"uri":"s3://new"',
    queue: '"depth":3',
    cluster: '"name":"new"',
  };

  test("a record is deleted past all rules", async () => {
    const { clusters, post, get } = await serve();
    await clusters.createCluster(register);
    await post("/mutate", { op: "delete", kind: "cluster", name: "c" });
    const { clusters: left, queues } = await get("/state");
    expect([left, queues?.length]).toEqual([[], 2]);
  });

  test.each([
    ["/inflight", { queue: "none", runs: 1 }],
    ["/inflight", { runs: 1 }],
    ["/inflight", { queue: "default", runs: -1 }],
    ["/inflight", { queue: "default", runs: 1, colour: "red" }],
    ["/report", { cluster: "none" }],
    ["/report", { cluster: "c", operator_cluster_data: { secret_store: { type: "SAFE" } } }],
    ["/faults", { method: "*", code: "sad" }],
    ["/faults", {}],
    ["/faults", { method: "*", hold: "" }],
    ["/release", {}],
    ["/metrics", {}],
    ["/mutate", { op: "set", kind: "queue", name: "none", path: "depth", value: 1 }],
    ["/mutate", { op: "set", kind: "queue", name: "c", path: "depth", value: "deep" }],
    ["/mutate", { op: "set", kind: "queue", name: "c", path: "name", value: "other" }],
    ["/mutate", { op: "set", kind: "queue", name: "c", path: "state", value: "asleep" }],
    ["/mutate", { op: "create", kind: "queue", name: "c" }],
    ["/mutate", { op: "paint", kind: "queue", name: "c" }],
    ["/mutate", "{"],
  ])("%s refuses %j with 400 and changes nothing", async (path, body) => {
    const { clusters, post, get } = await serve();
    await clusters.createCluster(register);
    const before = await get("/state");
    expect(await post(path, body)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
    expect(await get("/state")).toEqual(before);
  });

  test("a path that is not known is 404 and names those that are", async () => {
    const { ask } = await serve();
    expect(await ask("GET", "/nothing")).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining("/state") },
    });
  });
});

describe.each(["1.1", "2"] as const)("faults over HTTP/%s", (httpVersion) => {
  test("a code refuses as often as asked, after letting as many through as asked", async () => {
    const { queues, clusters, post, get } = await serve(httpVersion);
    await clusters.createCluster(register);
    await post("/faults", { method: "GetQueue", code: "unavailable", count: 2, after: 1 });
    const outcomes: string[] = [];
    for (let call = 0; call < 4; call++) {
      outcomes.push(await outcomeOf(queues.getQueue({ id: id("c") })));
    }
    expect(outcomes).toEqual(["ok", "Unavailable", "Unavailable", "ok"]);
    expect((await get("/faults")).faults).toEqual([]);
  });

  test("a connection cut before the rule changes nothing; cut after the commit, the write stands", async () => {
    const { pools, post, model } = await serve(httpVersion);
    const create = () => outcomeOf(pools.create({ clusterPool: poolOf("prod", "s3://prod") }));
    await post("/faults", { method: "ClusterPoolService/Create", drop: true });
    expect(await create()).not.toBe("ok");
    expect(model.state.pool.keys).toEqual(["default"]);
    await post("/faults", { method: "ClusterPoolService/Create", drop_after_commit: true });
    expect(["ok", "AlreadyExists"]).not.toContain(await create());
    expect(model.state.pool.keys).toEqual(["default", "prod"]);
    expect(await create()).toBe("AlreadyExists");
  });

  test("a call that hangs is given up by the client, and the server goes on", async () => {
    const { pools, post } = await serve(httpVersion);
    await post("/faults", { method: "*", hang: true });
    expect(await outcomeOf(pools.list({}, { timeoutMs: SOON_MS }))).toBe("DeadlineExceeded");
    expect(await outcomeOf(pools.list({}))).toBe("ok");
  });

  const countHeld = async ({ get }: Awaited<ReturnType<typeof serve>>, hold: string) =>
    (await get("/faults")).held?.[hold] ?? 0;

  test("calls that are held are counted, and go on when their name is released; no later one is held", async () => {
    const world = await serve(httpVersion);
    const { pools, post, model } = world;
    const create = (name: string) => outcomeOf(pools.create({ clusterPool: poolOf(name, `s3://${name}`) }));
    await post("/faults", { method: "ClusterPoolService/Create", hold: "first", count: 9 });
    await post("/faults", { method: "ClusterPoolService/List", hold: "other" });
    const calls = [create("a"), create("b")];
    const list = pools.list({});
    await expect.poll(() => countHeld(world, "first")).toBe(2);
    await expect.poll(() => countHeld(world, "other")).toBe(1);
    expect(model.state.pool.keys).toEqual(["default"]);
    expect((await post("/release", { hold: "first" })).status).toBe(200);
    expect(await Promise.all(calls)).toEqual(["ok", "ok"]);
    expect(await create("c")).toBe("ok");
    expect(await world.get("/faults")).toEqual({ faults: [], held: { other: 1 } });
    await world.ask("DELETE", "/faults");
    expect((await list).clusterPools).toHaveLength(4);
  });

  test.each([
    ["hold", ["default"]],
    ["hold_answer", ["default", "prod"]],
  ] as const)(
    "a call under %s ends when its caller leaves or waits no longer, and leaves the pools %j",
    async (how, left) => {
      const world = await serve(httpVersion);
      const { pools, post, model } = world;
      const create = (options: object) =>
        outcomeOf(pools.create({ clusterPool: poolOf("prod", "s3://prod") }, options));
      await post("/faults", { method: "ClusterPoolService/Create", [how]: "it", count: 2 });
      const leaving = new AbortController();
      const call = create({ signal: leaving.signal });
      await expect.poll(() => countHeld(world, "it")).toBe(1);
      expect(model.state.pool.keys).toEqual(left);
      leaving.abort();
      expect(await call).toBe("Canceled");
      await expect.poll(() => countHeld(world, "it")).toBe(0);
      if (how === "hold") expect(await create({ timeoutMs: SOON_MS })).toBe("DeadlineExceeded");
      await expect.poll(() => countHeld(world, "it")).toBe(0);
      expect(model.state.pool.keys).toEqual(left);
    },
  );

  test("a fault's code counts after the release", async () => {
    const world = await serve(httpVersion);
    const { clusters, post } = world;
    await post("/faults", { method: "CreateCluster", hold: "it", code: "aborted" });
    const refused = outcomeOf(clusters.createCluster(register));
    await expect.poll(() => countHeld(world, "it")).toBe(1);
    await post("/release", { hold: "it" });
    expect(await refused).toBe("Aborted");
  });

  test("a call that is held ends without effect when the server closes", async () => {
    const world = await serve(httpVersion);
    await world.post("/faults", { method: "ClusterPoolService/Create", hold: "it" });
    const call = outcomeOf(world.pools.create({ clusterPool: poolOf("prod", "s3://prod") }));
    await expect.poll(() => countHeld(world, "it")).toBe(1);
    await world.close();
    expect(await call).not.toBe("ok");
    expect(world.model.state.pool.keys).toEqual(["default"]);
  });

  test("faults that are cleared strike no more, and one that struck a write is in the journal", async () => {
    const { clusters, ask, post, get } = await serve(httpVersion);
    await post("/faults", { method: "CreateCluster", code: "resource_exhausted" });
    expect(await outcomeOf(clusters.createCluster(register))).toBe("ResourceExhausted");
    expect(await get("/journal")).toMatchObject([
      { method: "ClusterService/CreateCluster", outcome: "resource_exhausted" },
    ]);
    await post("/faults", { method: "*", code: "internal", count: 9 });
    await ask("DELETE", "/faults");
    expect(await outcomeOf(clusters.createCluster(register))).toBe("ok");
  });
});
