import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { REPOSITORY } from "../manifests.ts";
import { openAppliedDesk } from "../run-program.ts";

const DECLARED = {
  object_store_ref: { uri: "s3://bucket-prod", endpoint: "" },
  secret_store: { type: "KUBERNETES", locator: "secrets" },
};

describe.each(GENERATIONS)("poolkeeper status on generation %s", (generation) => {
  test("--json has pools, clusters enabled and disabled apart, and queues with their work", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    await desk.post("/report", {
      cluster: "c1",
      operator_cluster_data: DECLARED,
      capacity: { cpu: 64, memory_mb: 1024, gpu: 8 },
    });
    await desk.post("/report", {
      cluster: "c2",
      operator_cluster_data: { ...DECLARED, object_store_ref: { uri: "s3://elsewhere", endpoint: "" } },
    });
    await desk.post("/mutate", { op: "set", kind: "cluster", name: "c3", path: "enabled", value: false });
    await desk.post("/inflight", { queue: "any", runs: 1, actions: 2, depth: 3 });
    const { code, stdout } = await desk.run(["status", "--json"]);
    const status = JSON.parse(stdout);
    expect([code, status]).toMatchObject([0, { org: "acme", generation }]);
    expect(status.pools.map(({ name }: { name: string }) => name)).toEqual(["default", "dev", "prod"]);
    expect(status.clusters.enabled).toMatchObject([
      {
        name: "c1",
        pool: "prod",
        state: "active",
        health: "healthy",
        unhealthy_reasons: [],
        capacity: { cpu: 64, memory_mb: 1024, gpu: 8 },
        assigned_config: expect.any(String),
        synced_config: expect.any(String),
      },
      { name: "c2", health: "unhealthy", unhealthy_reasons: [expect.stringContaining("elsewhere")] },
    ]);
    expect(status.clusters.disabled).toMatchObject([{ name: "c3", enabled: false }]);
    expect(status.queues.find(({ name }: { name: string }) => name === "any")).toMatchObject({
      pool: "prod",
      clusters: ["*"],
      depth_limit: 10_000,
      in_flight: { runs_in_flight: 1, actions_in_flight: 2, current_depth: 3 },
    });
  });

  test("text shows the same; an address shows that part", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    const [all, one, pool, none] = await Promise.all([
      desk.run(["status"]),
      desk.run(["status", "cluster.c1"]),
      desk.run(["status", "cluster_pool.dev", "--json"]),
      desk.run(["status", "queue.nothing"]),
    ]);
    expect(all.stdout).toMatch(/Cluster pools\n.*Clusters, enabled\n.*Queues\n/s);
    expect([one.code, one.stdout.includes("c3")]).toEqual([0, false]);
    expect(JSON.parse(pool.stdout)).toMatchObject({
      pools: [{ name: "dev" }],
      clusters: { enabled: [{ name: "c3" }] },
    });
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("queue.nothing is not on")]);
  });
});
