/** A write that others wait for is refused for good. Of what was drained, only a queue that is parked on `*` stays out of service: it would get the work of others. */
import { expect, test } from "vitest";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { ControlPlaneWriter } from "../../src/systems/control-plane/writer.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "../plan/open-model.ts";
import { carryOut } from "../plan/walk-plan.ts";

/** Clusters with their pools, and queues with their pools and what they name. */
type Folder = readonly [clusters: Readonly<Record<string, string>>, queues: Readonly<Record<string, [string, string]>>];

const declare = ([clusters, queues]: Folder): Desired => ({
  ...NOTHING_DESIRED,
  pools: ["pa", "pb", "pc"].map((name) => desiredPool(name)),
  clusters: Object.entries(clusters).map(([name, pool]) => desiredCluster(name, pool)),
  queues: Object.entries(queues).map(([name, [pool, named]]) => desiredQueue(name, pool, [named])),
});

/** Refuses each write of one object by one method. */
async function applyRefusing(world: World, desired: Desired, method: "updateQueue" | "moveCluster", name: string) {
  const refuse = async () => {
    throw new OperationalError("failed_precondition", "no", { next: "stop", answered: true });
  };
  const updateQueue: ControlPlaneWriter["updateQueue"] = (...given) =>
    method === "updateQueue" && given[0] === name ? refuse() : world.writer.updateQueue(...given);
  const moveCluster: ControlPlaneWriter["moveCluster"] = (...given) =>
    method === "moveCluster" && given[0] === name ? refuse() : world.writer.moveCluster(...given);
  const { reader, clock, ledger } = world;
  const writer = { ...world.writer, updateQueue, moveCluster };
  const options = { write_ms: 0, wait_ms: Number.POSITIVE_INFINITY, parallelism: 1, onEvent: () => {}, cause: null };
  return applyPlan(
    await planWorld(world, desired),
    { reader, writer, flyteadmin: null, delivery: null, clock, ledger },
    { ...options, signal: new AbortController().signal, run_id: "refused" },
  );
}

async function open(past: Folder): Promise<World> {
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, declare(past)));
  return world;
}

const look = (world: World, name: string) => {
  const { state, spec } = world.model.state.queue.rows.get(name) ?? {};
  return [state, spec?.cluster_pool, spec?.clusters];
};

test("a queue that has come to all clusters of its next pool, where one serves, is in service there", async () => {
  const clusters = { c1: "pc", c2: "pc", c3: "pa", c4: "pc" };
  const world = await open([clusters, { q1: ["pa", "c3"], q2: ["pc", "c1"], q3: ["pc", "c2"], q4: ["pc", "c2"] }]);
  const next: Folder = [
    { c1: "pb", c2: "pa", c3: "pb", c4: "pc" },
    { q1: ["pb", "*"], q2: ["pb", "c3"], q3: ["pa", "*"], q4: ["pb", "c1"] },
  ];
  const report = await applyRefusing(world, declare(next), "updateQueue", "q4");
  const { message } = report.steps.find(({ id }) => id === "queue.q4/update") ?? {};
  expect(message).toContain("Back in service: queue.q3, queue.q4.");
  expect([look(world, "q3"), look(world, "q4")]).toEqual([
    ["active", "pa", ["*"]],
    ["active", "pc", ["c2"]],
  ]);
});

test("a queue that has come to all clusters of a pool in which none serves is not put into service there", async () => {
  const world = await open([{ c1: "pa" }, { q: ["pa", "*"] }]);
  const report = await applyRefusing(world, declare([{ c1: "pb" }, { q: ["pb", "*"] }]), "moveCluster", "c1");
  expect(report).toMatchObject({ status: "failed", left_drained: ["queue.q"] });
  expect(world.model.state.cluster.rows.get("c1")).toMatchObject({ state: "active", pool: "pa" });
  expect(look(world, "q")).toEqual(["drained", "pb", ["*"]]);
});

test("a queue that is parked stays out of service, also where its pool has a cluster in service", async () => {
  const world = await open([{ c1: "pa", c2: "pa", c3: "pb" }, { q: ["pa", "c1"] }]);
  const next: Folder = [{ c1: "pb", c2: "pa", c3: "pb" }, { q: ["pb", "c1"] }];
  await applyRefusing(world, declare(next), "moveCluster", "c1");
  expect(look(world, "q")).toEqual(["drained", "pa", ["*"]]);
});
