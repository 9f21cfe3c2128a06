import { describe, expect, test } from "vitest";
import { Status_Health } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { BOTH, id, openWorld, poolOf, type World } from "../open-world.ts";

const DECLARED = {
  metadataObjectStoreRef: { uri: "s3://prod/metadata" },
  secretStore: { type: 4, locator: "vault" },
};

async function openReported(
  generation: (typeof BOTH)[number],
  data: object = DECLARED,
  status: object = {},
): Promise<World> {
  const world = openWorld(generation);
  await world.pool("prod");
  await world.cluster("c", "prod");
  await world.clusters.updateStatus({ clusterId: id("c"), status: { operatorClusterData: data, ...status } });
  return world;
}

async function healthOf({ clusters }: World) {
  const { cluster } = await clusters.getCluster({ clusterId: id("c") });
  return { health: Status_Health[cluster?.status?.health ?? 0], reasons: cluster?.status?.unhealthyReasons };
}

async function availableTo({ queues }: World): Promise<readonly string[] | undefined> {
  const { queue } = await queues.getQueue({ id: id("c") });
  return queue?.status?.availableClusters.map((cluster) => cluster.name);
}

describe.each(BOTH)("the contract check on %s", (generation) => {
  test("a cluster is unknown, and takes no work, until its operator reports", async () => {
    const world = openWorld(generation);
    await world.cluster("c");
    expect(await healthOf(world)).toEqual({ health: "UNKNOWN", reasons: [] });
    expect(await availableTo(world)).toEqual([]);
  });

  test("a cluster that declares its pool's data plane is healthy and takes work", async () => {
    const world = await openReported(generation);
    expect(await healthOf(world)).toEqual({ health: "HEALTHY", reasons: [] });
    expect(await availableTo(world)).toEqual(["c"]);
  });

  test.each([
    ["bucket", { metadataObjectStoreRef: { uri: "s3://other" } }, "object store"],
    ["endpoint", { metadataObjectStoreRef: { uri: "s3://prod/metadata", endpoint: "http://minio" } }, "endpoint"],
    ["secret store type", { secretStore: { type: 5, locator: "vault" } }, '"VAULT"'],
    ["secret store locator", { secretStore: { type: 4, locator: "" } }, "locator"],
  ])("another %s makes it unhealthy, with the reason, and it gets no work", async (_what, data, reason) => {
    const world = await openReported(generation, { ...DECLARED, ...data });
    const { health, reasons } = await healthOf(world);
    expect(health).toBe("UNHEALTHY");
    expect(reasons).toEqual([expect.stringContaining(reason)]);
    expect(await availableTo(world)).toEqual([]);
  });

  test("an image registry counts only where the pool names one", async () => {
    const world = await openReported(generation, { ...DECLARED, imageRegistry: { locator: "mine" } });
    expect((await healthOf(world)).health).toBe("HEALTHY");
    const clusterPool = poolOf("prod", "s3://prod");
    await world.pools.update({
      clusterPool: { ...clusterPool, config: { ...clusterPool.config, imageRegistry: { locator: "theirs" } } },
    });
    expect((await healthOf(world)).reasons).toEqual([expect.stringContaining("image registry")]);
  });

  test("a changed pool config turns members unhealthy at once, and back", async () => {
    const world = await openReported(generation);
    await world.pools.update({ clusterPool: poolOf("prod", "s3://changed") });
    expect((await healthOf(world)).health).toBe("UNHEALTHY");
    await world.pools.update({ clusterPool: poolOf("prod", "s3://prod") });
    expect((await healthOf(world)).health).toBe("HEALTHY");
  });

  test("what the operator says of itself stays, beside the contract", async () => {
    const world = await openReported(generation, DECLARED, {
      health: Status_Health.UNHEALTHY,
      unhealthyReasons: ["no nodes"],
    });
    expect(await healthOf(world)).toEqual({ health: "UNHEALTHY", reasons: ["no nodes"] });
  });
});

test("on 2026-11 a moved cluster is unhealthy until it declares its new pool's data plane", async () => {
  const world = await openReported("2026-11");
  await world.pool("next");
  await world.drainQueue("c");
  await world.clusters.updateCluster({ clusterId: id("c"), clusterPoolName: "next" });
  expect((await healthOf(world)).health).toBe("UNHEALTHY");
  const data = { ...DECLARED, metadataObjectStoreRef: { uri: "s3://next/metadata" } };
  await world.clusters.updateStatus({ clusterId: id("c"), status: { operatorClusterData: data } });
  expect((await healthOf(world)).health).toBe("HEALTHY");
});
