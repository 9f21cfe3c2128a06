import { describe, expect, test } from "vitest";
import { DEFAULT_SIMULATION } from "../../../src/embedded/model/simulate-data-plane.ts";
import { assessHealth } from "../../../src/embedded/wire/assess-health.ts";
import { BOTH, id, openWorld, type World } from "../open-world.ts";

const { reportAfterMs, handOverMs } = DEFAULT_SIMULATION;

function openSimulated(generation: (typeof BOTH)[number]): World {
  return openWorld(generation, { simulation: DEFAULT_SIMULATION });
}

function healthOf({ model }: World, name: string): string | undefined {
  const cluster = model.state.cluster.rows.get(name);
  return cluster && assessHealth(model.state, cluster).health;
}

describe.each(BOTH)("the simulated data plane on %s", (generation) => {
  test("an operator reports its pool's contract soon after registration", async () => {
    const world = openSimulated(generation);
    await world.cluster("c");
    expect(healthOf(world, "c")).toBe("unknown");
    world.pass(reportAfterMs);
    expect(healthOf(world, "c")).toBe("healthy");
    const { cluster } = await world.clusters.getCluster({ clusterId: id("c") });
    expect(cluster?.status?.syncedConfig?.configId).toBe(cluster?.spec?.assignedConfigId);
    expect(cluster?.status?.capabilities?.resources?.capacity?.cpuUnscaled).toBe(64n);
  });

  test("work in flight halves again and again and is gone within seconds", async () => {
    const world = openSimulated(generation);
    await world.queue("q");
    world.setWork("q", 100);
    const left: number[] = [];
    for (let second = 0; second < 5; second++) {
      world.pass(1000);
      left.push(world.model.state.work.rows.get("q/")?.runs ?? 0);
    }
    expect(left).toEqual([25, 6, 1, 0, 0]);
  });

  test("operators send heartbeats", async () => {
    const world = openSimulated(generation);
    await world.cluster("c");
    world.pass(reportAfterMs);
    const first = world.model.state.operator.rows.get("c")?.heartbeat_at ?? 0;
    world.pass(DEFAULT_SIMULATION.heartbeatMs);
    expect(world.model.state.operator.rows.get("c")?.heartbeat_at).toBe(first + DEFAULT_SIMULATION.heartbeatMs);
  });

  test("an operator does not follow a changed pool config by itself", async () => {
    const world = openSimulated(generation);
    await world.cluster("c");
    world.pass(reportAfterMs);
    await world.pools.update({
      clusterPool: { id: id("default"), config: { objectStoreRef: { uri: "s3://new" }, secretStore: { type: 4 } } },
    });
    world.pass(10 * handOverMs);
    expect(healthOf(world, "c")).toBe("unhealthy");
  });
});

test("on 2026-11 a moved cluster keeps the old contract until the hand-over has been followed", async () => {
  const world = openSimulated("2026-11");
  await world.pool("prod");
  await world.cluster("c");
  world.pass(reportAfterMs);
  await world.drainQueue("c");
  await world.clusters.updateCluster({ clusterId: id("c"), clusterPoolName: "prod" });
  world.pass(handOverMs - 1);
  expect(healthOf(world, "c")).toBe("unhealthy");
  world.pass(100);
  expect(healthOf(world, "c")).toBe("healthy");
});

test("on 2026-07 a cluster registered again under its name keeps the old contract until the hand-over", async () => {
  const world = openSimulated("2026-07");
  await world.pool("prod");
  await world.cluster("c");
  world.pass(reportAfterMs);
  await world.deleteCluster("c");
  await world.cluster("c", "prod");
  world.pass(reportAfterMs);
  expect(healthOf(world, "c")).toBe("unhealthy");
  world.pass(handOverMs);
  expect(healthOf(world, "c")).toBe("healthy");
});
