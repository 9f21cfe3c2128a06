import { describe, expect, test } from "vitest";
import { useRealClient } from "./open-world.ts";
import { printedCluster } from "./printed-records.ts";

const open = useRealClient("2026-07");
const PROD = "create cluster-pool prod --file prod.yaml";
const DEV = "create cluster-pool dev --file dev.yaml";

describe("clusters with the client of 2026-07", () => {
  test("a registered cluster is in the pool default or the one named, and brings its queue and the queue default", async () => {
    const world = await open();
    await world.given(PROD);
    const text = "✓ Successfully created cluster: prod-us-east-1";
    expect(await world.flyte("create cluster prod-us-east-1 --pool prod")).toEqual({ code: 0, text });
    await world.given("create cluster my-cluster");
    const { clusters, queues } = world.stored();
    expect(clusters).toMatchObject([
      { name: "my-cluster", pool: "default" },
      { name: "prod-us-east-1", pool: "prod" },
    ]);
    expect(queues).toMatchObject([
      { name: "default", spec: { cluster_pool: "default", clusters: ["*"] } },
      { name: "my-cluster", spec: { cluster_pool: "default", clusters: ["my-cluster"] } },
      { name: "prod-us-east-1", spec: { cluster_pool: "prod", clusters: ["prod-us-east-1"] } },
    ]);
  });

  test("all clusters, and one, are shown as stored", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1", "create cluster c2 --pool prod");
    const { clusters } = world.stored();
    const expected = clusters.map((cluster) => printedCluster("2026-07", cluster));
    expect(await world.list("get cluster")).toMatchObject(expected);
    expect(await world.list("get cluster c2")).toMatchObject(expected.slice(1));
    const { text } = await world.flyte("get cluster");
    expect(text).toContain("Enabled Clusters");
    expect(text).toContain("c1 default enabled 🔴 unknown — — 2 —");
    expect(text).toContain("c2 prod enabled 🔴 unknown — — 1 —");
  });

  test("--limit is the most clusters that are shown", async () => {
    const world = await open();
    await world.given("create cluster c1", "create cluster c2", "create cluster c3");
    expect(await world.list("get cluster --limit 2")).toMatchObject([
      { spec: { id: { name: "c1" } } },
      { spec: { id: { name: "c2" } } },
    ]);
  });

  test("one cluster is shown with pool, health, capacity, config and queues", async () => {
    const world = await open();
    const capacity = { cpu: 64, memory_mb: 262144, gpu: 8 };
    const operator_cluster_data = { object_store_ref: { uri: "s3://another-bucket" } };
    await world.given(
      PROD,
      "create cluster c1 --pool prod",
      "create queue q1 --run-concurrency 1 --action-concurrency 2 --cluster-pool prod --cluster c1",
      ["/report", { cluster: "c1", operator_cluster_data, capacity }],
    );
    const lines = (await world.flyte("get cluster c1")).text.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "pools prod",
        "state enabled",
        "health 🔴 unhealthy",
        "resources 64c/256G/8g",
        "drift in sync",
      ]),
    );
    expect(lines).toEqual(expect.arrayContaining(["Queues (2)", "c1 —", "q1 —"]));
    const reason = world.stored().clusters[0]?.unhealthy_reasons[0];
    expect(lines.find((line) => line.startsWith("unhealthy reasons"))).toBe(`unhealthy reasons ${reason}`);
  });

  test("a cluster whose operator has synced no config yet is shown as drifted", async () => {
    const world = await open();
    await world.given("create cluster c1");
    expect((await world.flyte("get cluster c1")).text).toContain("drift drifted");
  });

  test("a deleted cluster leaves every selector, and its queue stays in its pool with none", async () => {
    const world = await open();
    const pinned = "create queue pinned --run-concurrency 1 --action-concurrency 2 --cluster-pool prod";
    await world.given(
      PROD,
      "create cluster c1 --pool prod",
      "create cluster c2 --pool prod",
      `${pinned} --cluster c1 --cluster c2`,
      "create queue open --run-concurrency 1 --action-concurrency 2 --cluster-pool prod",
    );
    expect(await world.flyte("delete cluster c1 --yes")).toMatchObject({ code: 0 });
    const { clusters, queues } = world.stored();
    expect(clusters.map((cluster) => cluster.name)).toEqual(["c2"]);
    expect(queues).toMatchObject([
      { name: "c1", state: "active", spec: { cluster_pool: "prod", clusters: [] } },
      { name: "c2", spec: { clusters: ["c2"] } },
      { name: "default" },
      { name: "open", spec: { clusters: ["*"] } },
      { name: "pinned", spec: { clusters: ["c2"] } },
    ]);
    expect(await world.list("get queue --limit 1")).toMatchObject([{ name: "c1", clusters: [] }]);
  });

  test("a cluster registered again elsewhere under its old name gets no queue there: the old one keeps its pool", async () => {
    const world = await open();
    await world.given(
      PROD,
      DEV,
      "create cluster c1 --pool prod",
      "delete cluster c1 --yes",
      "create cluster c1 --pool dev",
    );
    const queue = world.stored().queues.find(({ name }) => name === "c1");
    expect(queue?.spec).toMatchObject({ cluster_pool: "prod", clusters: [] });
    const { text } = await world.flyte("get cluster c1");
    expect(text).toContain("pools dev");
    expect(text).not.toContain("c1 —");
  });

  test("the documented way to another pool: delete, register under a new name, point queues at it", async () => {
    const world = await open();
    const created = "create queue moved --run-concurrency 1 --action-concurrency 2 --cluster-pool dev --cluster c1-dev";
    await world.given(
      PROD,
      DEV,
      "create cluster c1 --pool prod",
      "delete cluster c1 --yes",
      "create cluster c1-dev --pool dev",
      created,
    );
    expect((await world.flyte("get cluster")).text).toContain("c1-dev dev enabled");
    expect((await world.flyte("get queue")).text).toContain("moved active medium round_robin 1 2 10000 c1-dev dev");
  });
});
