/** What has nothing of an object but its manifest's name, beside the object's own registration, is somebody else's: it stays, and is in nobody's way. */
import { describe, expect, test } from "vitest";
import type { Desired, DesiredCluster } from "../../src/model/objects/desired.ts";
import { isNoOp } from "../../src/model/plan/plan.ts";
import { type ServedWorld, serveWorld } from "../apply/serve-world.ts";
import { MOVED, TWO_POOLS } from "../apply/situations.ts";
import { cluster, FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";
import { desiredCluster, desiredQueue } from "../plan/arbitrary-desired.ts";

/** c1 is registered as c1-pb, and somebody else has a c1 in pa. */
async function serveNamesake(): Promise<ServedWorld> {
  const world = await serveWorld("2026-07");
  await world.converge(TWO_POOLS);
  await world.converge(MOVED);
  await world.writer.registerCluster("c1", "pa");
  return world;
}

const clustersOf = async ({ reader }: ServedWorld) =>
  (await reader.listClusters("live")).map(({ name, pool }) => `${name} ${pool}`).sort();

describe("a cluster that somebody registers under the name that ours had", () => {
  test("is no difference, and the plan names it", async () => {
    const plan = await (await serveNamesake()).plan(MOVED);
    expect([plan.steps, plan.changes.filter((change) => !isNoOp(change))]).toEqual([[], []]);
    expect(plan.notices.find(({ code }) => code === "other-name")?.message).toBe(
      "cluster.c1 is registered as c1-pb. What is called c1 is not on record as its own and is not changed.",
    );
  });

  test("is left alone by a change of ours, and where ours goes back to its pool", async () => {
    const world = await serveNamesake();
    const limited = desiredCluster("c1", "pb", { queue: { depth: 7 } });
    await world.converge({ ...MOVED, clusters: [limited, ...MOVED.clusters.slice(1)] });
    expect(await clustersOf(world)).toEqual(["c1 pa", "c1-pb pb", "c2 pa", "c3 pb"]);
    await world.converge({ ...TWO_POOLS, queues: [desiredQueue("any", "pa", ["*"])] });
    expect(await clustersOf(world)).toEqual(["c1 pa", "c1-pa pa", "c2 pa", "c3 pb"]);
  });

  const renamed = (queue: DesiredCluster["queue"]): Desired => ({
    ...MOVED,
    clusters: [desiredCluster("c1-eu", "pb", { previously: "c1", queue }), ...MOVED.clusters.slice(1)],
  });

  test("is left alone where the manifest of ours is renamed, and from then on", async () => {
    const world = await serveNamesake();
    const plan = await world.plan(renamed(null));
    expect(plan.notices.filter(({ code }) => code === "other-name").map(({ message }) => message)).toEqual([
      "cluster.c1-eu is registered as c1-pb. What is called c1 is not on record as its own and is not changed.",
    ]);
    for (const depth of [1, 7]) {
      await world.converge(renamed({ depth }));
      expect(await clustersOf(world)).toEqual(["c1 pa", "c1-pb pb", "c2 pa", "c3 pb"]);
    }
    await world.converge({ ...MOVED, clusters: MOVED.clusters.slice(1) });
    expect(await clustersOf(world)).toEqual(["c1 pa", "c2 pa", "c3 pb"]);
  });

  test("is left alone where that rename is long done, though the manifest has the line of it still", async () => {
    const world = await serveWorld("2026-07");
    await world.converge(TWO_POOLS);
    const inPa = desiredCluster("c1-eu", "pa", { previously: "c1" });
    await world.converge({ ...TWO_POOLS, clusters: [inPa, ...TWO_POOLS.clusters.slice(1)] });
    await world.converge(renamed(null));
    await world.writer.registerCluster("c1", "pa");
    expect((await world.plan(renamed(null))).steps).toEqual([]);
    await world.converge(renamed({ depth: 7 }));
    expect(await clustersOf(world)).toEqual(["c1 pa", "c1-eu pb", "c2 pa", "c3 pb"]);
  });

  test("goes with no manifest of ours", async () => {
    const world = await serveNamesake();
    await world.converge({ ...MOVED, clusters: MOVED.clusters.slice(1) });
    expect(await clustersOf(world)).toEqual(["c1 pa", "c2 pa", "c3 pb"]);
  });

  test("is still what the manifest says where it is named there", async () => {
    const world = await serveNamesake();
    const [c1, ...others] = MOVED.clusters;
    const named: Desired = {
      ...MOVED,
      clusters: [{ ...desiredCluster("c1", "pb"), ...c1, registration: { name: null, previous: "c1" } }, ...others],
    };
    const failed = (await world.plan(named)).checks.filter(({ status }) => status === "fail");
    expect(failed.map(({ name }) => name)).toContain("ownership");
  });
});

test("a queue that was replaced on 2026-07 is left alone once the control plane is a 2026-11, and no commit waits for it", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  const inPb = (runs: number) => queue("any", runs).replace("cluster_pool: pa", "cluster_pool: pb");
  await first.untilApplied(await first.push({ "queues/any.yaml": inPb(1) }));
  await first.daemon.stop();
  Object.assign(world.served.model.state, { generation: "2026-11" });
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { destructive: true } });
  await daemon.untilApplied(await daemon.push({ "queues/any.yaml": inPb(2), "queues/other.yaml": queue("other", 2) }));
  const { rows } = world.served.model.state.queue;
  expect(rows.get("any-pb")?.spec.run_concurrency).toBe(2);
  expect(["any", "other"].map((name) => rows.get(name)?.state)).toEqual(["active", "active"]);
  expect((await daemon.target()).status.state).toBe("Synced");
});

test("a queue that was replaced on 2026-07 keeps no rename waiting once the control plane is a 2026-11", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  const inPb = (name: string, runs: number) => queue(name, runs).replace("cluster_pool: pa", "cluster_pool: pb");
  await first.untilApplied(await first.push({ "queues/any.yaml": inPb("any", 1) }));
  await first.daemon.stop();
  Object.assign(world.served.model.state, { generation: "2026-11" });
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { destructive: true } });
  const main = (runs: number) => `${inPb("main", runs)}previously: any\n`;
  const renamed = { "queues/any.yaml": null, "queues/main.yaml": main(1), "queues/other.yaml": queue("other", 2) };
  await daemon.untilApplied(await daemon.push(renamed));
  await daemon.untilApplied(await daemon.push({ "queues/main.yaml": main(2) }));
  const { rows } = world.served.model.state.queue;
  expect(rows.get("any-pb")?.spec.run_concurrency).toBe(2);
  expect(["any", "other"].map((name) => rows.get(name)?.state)).toEqual(["active", "active"]);
});

test("a cluster that another team registers under the name that ours had keeps no commit waiting", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push({ "clusters/c1.yaml": cluster("c1", "pb") }));
  await openOtherHands(world).writer.registerCluster("c1", "pa");
  const limits = "queue: { run_concurrency: 7, action_concurrency: 7 }\n";
  const pushed = { "clusters/c1.yaml": cluster("c1", "pb") + limits, "queues/other.yaml": queue("other", 2) };
  await daemon.untilApplied(await daemon.push(pushed));
  expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pa", state: "active" });
  expect(world.served.model.state.queue.rows.has("other")).toBe(true);
});
