import { describe, expect, test } from "vitest";
import { BOTH, id, openWorld, outcomeOf, poolOf, refusalOf } from "../open-world.ts";

describe.each(BOTH)("cluster pools on %s", (generation) => {
  test("a new organization has the pool default, with a config", async () => {
    const { pools } = openWorld(generation);
    const { clusterPool } = await pools.get({ id: id("default") });
    expect(clusterPool?.config?.objectStoreRef?.uri).toBe("s3://acme-default-metadata");
  });

  test("a created pool is shown as it was sent, with the clusters registered in it", async () => {
    const { pools, pool, cluster } = openWorld(generation);
    await pool("prod");
    await cluster("b", "prod");
    await cluster("a", "prod");
    const { clusterPool } = await pools.get({ id: id("prod") });
    expect(clusterPool).toMatchObject(poolOf("prod", "s3://prod"));
    expect(clusterPool?.memberClusters.map((member) => member.name)).toEqual(["a", "b"]);
  });

  test.each([
    ["a taken name", poolOf("default", "s3://new"), "AlreadyExists"],
    ["a name in capitals", poolOf("Prod", "s3://new"), "InvalidArgument"],
    ["a name that is too long", poolOf("p".repeat(64), "s3://new"), "InvalidArgument"],
    ["no config", { id: id("prod") }, "InvalidArgument"],
    ["no secret store", { id: id("prod"), config: { objectStoreRef: { uri: "s3://x" } } }, "InvalidArgument"],
    ["the bucket of another pool", poolOf("prod", "s3://acme-default-metadata"), "FailedPrecondition"],
    ["another organization", { ...poolOf("prod", "s3://x"), id: { organization: "other", name: "prod" } }, "NotFound"],
  ])("a pool with %s is refused", async (_what, clusterPool, code) => {
    const { pools } = openWorld(generation);
    expect(await outcomeOf(pools.create({ clusterPool }))).toBe(code);
  });

  test("the same bucket name at another endpoint is another bucket", async () => {
    const { pools, pool } = openWorld(generation);
    await pool("one", "s3://shared");
    const two = poolOf("two", "s3://shared");
    const config = { ...two.config, objectStoreRef: { uri: "s3://shared/x", endpoint: "http://minio:9000" } };
    expect(await outcomeOf(pools.create({ clusterPool: { ...two, config } }))).toBe("ok");
  });

  test("an update replaces the config and frees the old bucket", async () => {
    const { pools, pool } = openWorld(generation);
    await pool("one", "s3://old");
    await pools.update({ clusterPool: poolOf("one", "s3://new") });
    expect(await outcomeOf(pool("two", "s3://old"))).toBe("ok");
    expect(await outcomeOf(pool("three", "s3://new"))).toBe("FailedPrecondition");
  });

  test("an update of a pool that does not exist is not found, and one onto a taken bucket is refused", async () => {
    const { pools, pool } = openWorld(generation);
    await pool("one");
    expect(await outcomeOf(pools.update({ clusterPool: poolOf("two", "s3://x") }))).toBe("NotFound");
    expect(await outcomeOf(pools.update({ clusterPool: poolOf("one", "s3://acme-default-metadata") }))).toBe(
      "FailedPrecondition",
    );
  });

  test("members that a pool names and that are not registered yet are registered in it", async () => {
    const { pools, model } = openWorld(generation);
    await pools.create({ clusterPool: { ...poolOf("prod", "s3://prod"), memberClusters: [id("a")] } });
    expect(model.state.cluster.rows.get("a")?.pool).toBe("prod");
    expect(model.state.queue.rows.get("a")?.spec.cluster_pool).toBe("prod");
  });

  test("a pool that names a member of another pool is refused, since that would be a move", async () => {
    const { pools, cluster } = openWorld(generation);
    await cluster("a");
    const clusterPool = { ...poolOf("prod", "s3://prod"), memberClusters: [id("a")] };
    expect(await refusalOf(pools.create({ clusterPool }))).toContain("moves none");
  });

  test("a pool with a cluster cannot be deleted, and the message names it", async () => {
    const { pools, pool, cluster } = openWorld(generation);
    await pool("prod");
    await cluster("c", "prod");
    expect(await refusalOf(pools.delete({ id: id("prod") }))).toContain('"c"');
  });

  test("an unused pool is deleted and hidden from get and list", async () => {
    const { pools, pool } = openWorld(generation);
    await pool("prod");
    await pools.delete({ id: id("prod") });
    expect(await outcomeOf(pools.get({ id: id("prod") }))).toBe("NotFound");
    const { clusterPools } = await pools.list({ organization: "acme" });
    expect(clusterPools.map((one) => one.id?.name)).toEqual(["default"]);
  });
});

describe("cluster pools on 2026-07", () => {
  test("the pool default cannot be deleted", async () => {
    const { pools } = openWorld("2026-07");
    expect(await outcomeOf(pools.delete({ id: id("default") }))).toBe("FailedPrecondition");
  });

  test("a deleted pool's name is free again", async () => {
    const { pools, pool } = openWorld("2026-07");
    await pool("prod");
    await pools.delete({ id: id("prod") });
    expect(await outcomeOf(pool("prod"))).toBe("ok");
  });

  test("a pool that ever had a cluster stays, because its queue does", async () => {
    const { pools, pool, cluster, deleteCluster } = openWorld("2026-07");
    await pool("prod");
    await cluster("c", "prod");
    await deleteCluster("c");
    expect(await refusalOf(pools.delete({ id: id("prod") }))).toContain("still has queues");
  });

  test("Undelete is not served", async () => {
    const { pools } = openWorld("2026-07");
    expect(await outcomeOf(pools.undelete({ id: id("default") }))).toBe("Unimplemented");
  });

  test("clusters are assigned in bulk, all or none, and again without harm", async () => {
    const { pools, pool, model } = openWorld("2026-07");
    await pool("prod");
    const request = { organization: "acme", clusterToPool: { a: "prod", b: "default" } };
    expect(await outcomeOf(pools.createOrgClusterPools({ ...request, clusterToPool: { z: "prod", y: "none" } }))).toBe(
      "NotFound",
    );
    expect(model.state.cluster.keys).toEqual([]);
    await pools.createOrgClusterPools(request);
    await pools.createOrgClusterPools(request);
    expect(model.state.cluster.keys).toEqual(["a", "b"]);
    expect(await outcomeOf(pools.createOrgClusterPools({ ...request, clusterToPool: { a: "default" } }))).toBe(
      "FailedPrecondition",
    );
  });
});

describe("cluster pools on 2026-11", () => {
  test("CreateOrgClusterPools is gone", async () => {
    const { pools } = openWorld("2026-11");
    expect(await outcomeOf(pools.createOrgClusterPools({ organization: "acme" }))).toBe("Unimplemented");
  });

  test("a deleted pool keeps its name until it is undeleted with its config", async () => {
    const { pools, pool } = openWorld("2026-11");
    await pool("prod");
    await pools.delete({ id: id("prod") });
    expect(await outcomeOf(pool("prod"))).toBe("AlreadyExists");
    expect(await outcomeOf(pools.delete({ id: id("prod") }))).toBe("FailedPrecondition");
    const { clusterPool } = await pools.undelete({ id: id("prod") });
    expect(clusterPool).toMatchObject(poolOf("prod", "s3://prod"));
    expect(await outcomeOf(pools.undelete({ id: id("prod") }))).toBe("FailedPrecondition");
  });

  test("a pool whose bucket was given away meanwhile cannot be undeleted", async () => {
    const { pools, pool } = openWorld("2026-11");
    await pool("one", "s3://shared");
    await pools.delete({ id: id("one") });
    await pool("two", "s3://shared");
    expect(await outcomeOf(pools.undelete({ id: id("one") }))).toBe("FailedPrecondition");
  });

  test("a live queue keeps a pool, a deleted one does not", async () => {
    const { pools, pool, queue, drainQueue, deleteQueue } = openWorld("2026-11");
    await pool("prod");
    await queue("q", { clusterPoolName: "prod" });
    expect(await outcomeOf(pools.delete({ id: id("prod") }))).toBe("FailedPrecondition");
    await drainQueue("q");
    await deleteQueue("q");
    expect(await outcomeOf(pools.delete({ id: id("prod") }))).toBe("ok");
  });

  test("the pool default can be deleted, and a registration must name another then", async () => {
    const { pools, pool, cluster } = openWorld("2026-11");
    await pools.delete({ id: id("default") });
    await pool("prod");
    expect(await outcomeOf(cluster("c"))).toBe("FailedPrecondition");
    expect(await outcomeOf(cluster("c", "prod"))).toBe("ok");
  });
});
