import { describe, expect, test } from "vitest";
import { useRealClient } from "./open-world.ts";
import { printedCluster } from "./printed-records.ts";

const open = useRealClient("2026-11");
const PROD = "create cluster-pool prod --file prod.yaml";

describe("clusters with the client of 2026-11", () => {
  test("a registered cluster is in the pool default or the one named, and brings its queue and the queue default", async () => {
    const world = await open();
    await world.given(PROD);
    const text = "✓ Successfully created cluster: prod-us-east-1";
    expect(await world.flyte("create cluster prod-us-east-1 --pool prod")).toEqual({ code: 0, text });
    await world.given("create cluster my-cluster");
    const { clusters, queues } = world.stored();
    expect(clusters).toMatchObject([
      { name: "my-cluster", pool: "default", state: "active", generation: 1 },
      { name: "prod-us-east-1", pool: "prod", state: "active", generation: 1 },
    ]);
    expect(queues).toMatchObject([
      { name: "default", cluster_managed: false, spec: { cluster_pool: "default", clusters: ["*"] } },
      { name: "my-cluster", cluster_managed: true, spec: { cluster_pool: "default", clusters: ["my-cluster"] } },
      { name: "prod-us-east-1", cluster_managed: true, spec: { cluster_pool: "prod", clusters: ["prod-us-east-1"] } },
    ]);
  });

  test("all clusters, and one, are shown as stored", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1", "create cluster c2 --pool prod", "update cluster c2 --drain");
    const { clusters } = world.stored();
    const expected = clusters.map((cluster) => printedCluster("2026-11", cluster));
    expect(await world.list("get cluster")).toMatchObject(expected);
    expect(await world.list("get cluster c2")).toMatchObject(expected.slice(1));
    const { text } = await world.flyte("get cluster");
    expect(text).toContain("c1 default active 🔴 unknown — — 2 —");
    expect(text).toContain("c2 prod drained 🔴 unknown — — 1 —");
  });

  test("--limit is the most clusters that are shown", async () => {
    const world = await open();
    await world.given("create cluster c1", "create cluster c2", "create cluster c3");
    expect(await world.list("get cluster --limit 2")).toMatchObject([
      { spec: { id: { name: "c1" } } },
      { spec: { id: { name: "c2" } } },
    ]);
  });

  test("one cluster is shown with pool, drain, health, capacity, config and queues", async () => {
    const world = await open();
    const capacity = { cpu: 64, memory_mb: 262144, gpu: 8 };
    const operator_cluster_data = { object_store_ref: { uri: "s3://another-bucket" } };
    await world.given(PROD, "create cluster c1 --pool prod", [
      "/report",
      { cluster: "c1", operator_cluster_data, capacity },
    ]);
    await world.given("create queue q1 --run-concurrency 1 --action-concurrency 2 --cluster-pool prod");
    const lines = (await world.flyte("get cluster c1")).text.split("\n");
    const shown = [
      "pool prod",
      "drain active",
      "generation 1",
      "health 🔴 unhealthy",
      "resources 64c/256G/8g",
      "drift in sync",
    ];
    expect(lines).toEqual(expect.arrayContaining([...shown, "Queues (2)", "c1 —", "q1 —"]));
    const reason = world.stored().clusters[0]?.unhealthy_reasons[0];
    expect(lines.find((line) => line.startsWith("unhealthy reasons"))).toBe(`unhealthy reasons ${reason}`);
  });

  test("a cluster drains while work is left on it, then is drained, its queue with it", async () => {
    const world = await open();
    await world.given("create cluster c1", ["/inflight", { queue: "default", cluster: "c1", runs: 2 }]);
    const drained = await world.flyte("update cluster c1 --drain");
    expect(drained).toMatchObject({ code: 0, text: expect.stringContaining("✓ Cluster c1 is now draining") });
    const lines = (await world.flyte("get cluster c1")).text.split("\n");
    expect(lines).toEqual(expect.arrayContaining(["drain draining", expect.stringContaining("runs pending")]));
    await world.given(["/inflight", { queue: "default", cluster: "c1" }]);
    expect((await world.flyte("get cluster c1")).text).toContain("drain drained");
    expect(world.stored()).toMatchObject({
      clusters: [{ name: "c1", state: "drained" }],
      queues: [
        { name: "c1", state: "drained" },
        { name: "default", state: "active" },
      ],
    });
  });

  test("a drained cluster is activated, its queue with it", async () => {
    const world = await open();
    await world.given("create cluster c1", "update cluster c1 --drain");
    const activated = await world.flyte("update cluster c1 --activate");
    expect(activated).toMatchObject({ code: 0, text: expect.stringContaining("✓ Cluster c1 is now active") });
    expect(world.stored()).toMatchObject({
      clusters: [{ name: "c1", state: "active" }],
      queues: [{ name: "c1", state: "active" }, { name: "default" }],
    });
  });

  test("a cluster whose queue is drained moves to another pool, its queue with it", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1", "update queue c1 --drain");
    const moved = await world.flyte("update cluster c1 --pool prod", { input: "y\n" });
    expect(moved).toMatchObject({
      code: 0,
      text: expect.stringContaining("✓ Successfully moved cluster c1 to pool: prod"),
    });
    await world.given("update queue c1 --activate");
    expect(world.stored()).toMatchObject({
      clusters: [{ name: "c1", pool: "prod", state: "active" }],
      queues: [{ name: "c1", state: "active", spec: { cluster_pool: "prod", clusters: ["c1"] } }, { name: "default" }],
    });
    expect((await world.flyte("get cluster")).text).toContain("c1 prod active");
    expect((await world.flyte("get queue")).text).toMatch(/^c1 active .* prod True embedded user embedded user$/m);
  });

  test("an active cluster is deleted by way of deleting, without waiting for its work", async () => {
    const world = await open();
    await world.given("create cluster c1", ["/inflight", { queue: "c1", cluster: "c1", runs: 5 }]);
    const deleted = await world.flyte("delete cluster c1", { input: "y\n" });
    expect(deleted).toMatchObject({ code: 0, text: expect.stringContaining("✓ Cluster c1 is now deleting") });
    expect(world.stored()).toMatchObject({
      clusters: [{ name: "c1", state: "deleted" }],
      queues: [
        { name: "c1", state: "deleted" },
        { name: "default", state: "active" },
      ],
      in_flight: [],
    });
  });

  test("a drained cluster is deleted at once", async () => {
    const world = await open();
    await world.given("create cluster c1", "update cluster c1 --drain");
    const deleted = await world.flyte("delete cluster c1 --yes");
    expect(deleted).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully deleted cluster: c1") });
  });

  test("a deleted cluster is hidden from the list, shown by its name and with --deleted, and restored drained", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1 --pool prod", "create cluster c2", "delete cluster c1 --yes");
    expect(await world.list("get cluster")).toMatchObject([{ spec: { id: { name: "c2" } } }]);
    expect((await world.flyte("get cluster c1")).text).toMatch(/drain deleted[\s\S]*deleted at 20/);
    const { text } = await world.flyte("get cluster --deleted");
    expect(text).toContain("Deleted Clusters");
    expect(text).toContain("c1 prod deleted");
    expect(text).not.toContain("c2");
    const restored = await world.flyte("undelete cluster c1");
    expect(restored).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully restored cluster: c1") });
    expect(world.stored()).toMatchObject({
      clusters: [{ name: "c1", pool: "prod", state: "drained", deleted_at: null }, { name: "c2" }],
      queues: [{ name: "c1", state: "drained", deleted_at: null }, { name: "c2" }, { name: "default" }],
    });
    await world.given("update cluster c1 --activate");
    expect((await world.flyte("get queue c1")).text).toContain("'status': 'active'");
  });
});
