/** Somebody else has registrations whose names a manifest comes to, by chance or by saying so: with a store, they stay as they are. */
import { expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import type { ControlPlaneWriter } from "../../src/systems/control-plane/writer.ts";
import { cluster, FILES, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const queuesOf = ({ served }: DaemonWorld) => served.model.state.queue.rows;
const clustersOf = ({ served }: DaemonWorld) => served.model.state.cluster.rows;

function makeQueue(writer: ControlPlaneWriter, name: string, cluster_pool: string, clusters = ["*"]): Promise<void> {
  const limits = { run_concurrency: 33, action_concurrency: 33 };
  return writer.createQueue(name, { ...QUEUE_DEFAULTS, ...limits, cluster_pool, clusters }, "active");
}

/** Drains and deletes a queue, as its owner does. */
async function deleteQueue(world: DaemonWorld, writer: ControlPlaneWriter, name: string): Promise<void> {
  const generation = () => String(queuesOf(world).get(name)?.generation);
  await writer.setQueueState(name, "draining", generation());
  world.served.model.settle();
  await writer.deleteQueue(name, generation());
  world.served.model.settle();
}

test.each([
  ["2026-07", "cluster"],
  ["2026-11", "cluster"],
  ["2026-11", "deleted queue of another pool"],
] as const)(
  "a new queue leaves alone what is called like it and its pool, %s, beside a stranger's %s",
  async (...of) => {
    const [generation, beside] = of;
    const world = await openDaemonWorld(FILES, generation);
    const daemon = await world.start({ policy: { auto_apply: "update" } });
    await daemon.untilApplied(world.first);
    const { writer } = openOtherHands(world);
    if (beside === "cluster") await writer.registerCluster("train", "pa");
    else {
      await makeQueue(writer, "train", "pb");
      await deleteQueue(world, writer, "train");
    }
    await makeQueue(writer, "train-pa", "pa");
    const before = structuredClone(queuesOf(world).get("train-pa"));
    await daemon.untilApplied(await daemon.push({ "queues/train.yaml": queue("train", 5, ["c1"]) }));
    expect(queuesOf(world).get("train-pa")).toEqual(before);
    const own = beside === "cluster" ? "train-pa-2" : "train";
    expect(queuesOf(world).get(own)?.spec).toMatchObject({ clusters: ["c1"], run_concurrency: 5 });
    // With its manifest goes what is its own, and nothing else.
    await daemon.push({ "queues/train.yaml": null });
    await daemon.until(({ last_pass }) => last_pass?.outcome.kind !== "applied");
    expect(queuesOf(world).get("train-pa")).toEqual(before);
  },
);

test("a new queue leaves alone what a stranger has in another pool and in its own, where no queue can move", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "update" } });
  await daemon.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  await makeQueue(writer, "train", "pb");
  await makeQueue(writer, "train-pa", "pa");
  const before = structuredClone(queuesOf(world).get("train-pa"));
  const { status } = await daemon.untilState(
    "Failed",
    await daemon.push({ "queues/train.yaml": queue("train", 5, ["c1"]) }),
  );
  expect(status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringContaining("train, which is not owned"),
  });
  expect(queuesOf(world).get("train-pa")).toEqual(before);
});

test.each(GENERATIONS)("a new cluster leaves alone what is called like it and its pool, %s", async (generation) => {
  const world = await openDaemonWorld(FILES, generation);
  const daemon = await world.start({ policy: { auto_apply: "update" } });
  await daemon.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  await makeQueue(writer, "c9", "pb");
  await writer.registerCluster("c9-pa", "pa");
  const before = structuredClone([queuesOf(world).get("c9"), queuesOf(world).get("c9-pa")]);
  const limits = "queue: { run_concurrency: 1, action_concurrency: 1 }\n";
  await daemon.untilApplied(await daemon.push({ "clusters/c9.yaml": cluster("c9", "pa") + limits }));
  expect([queuesOf(world).get("c9"), queuesOf(world).get("c9-pa")]).toEqual(before);
  expect(clustersOf(world).get("c9-pa-2")).toMatchObject({ pool: "pa" });
});

test.each(GENERATIONS)("a queue that is ours ends no queue that it is not, by `previously`, %s", async (generation) => {
  const world = await openDaemonWorld(FILES, generation);
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await makeQueue(openOtherHands(world).writer, "theirs", "pa", ["c2"]);
  const before = structuredClone(queuesOf(world).get("theirs"));
  const pushed = await daemon.push({ "queues/any.yaml": `${queue("any", 1)}previously: theirs\n` });
  if (generation === "2026-07") await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  else {
    const { status } = await daemon.untilState("Failed", pushed);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining("would delete theirs") });
  }
  expect(queuesOf(world).get("theirs")).toEqual(before);
});

test.each(GENERATIONS)(
  "a cluster that is ours ends no cluster that it is not, by `registration.previous`, %s",
  async (generation) => {
    const world = await openDaemonWorld(FILES, generation);
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    const { writer } = openOtherHands(world);
    await writer.registerCluster("theirs", "pa");
    const before = structuredClone(clustersOf(world).get("theirs"));
    const previous = "registration: { previous: theirs }\n";
    const pushed = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa") + previous });
    const { status } = await daemon.untilState("Failed", pushed);
    expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining("would delete theirs") });
    expect(clustersOf(world).get("theirs")).toEqual(before);
    // Adopted first, by a manifest of its own, it may go.
    await daemon.untilApplied(
      await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa"), "clusters/theirs.yaml": cluster("theirs", "pa") }),
    );
    const gone = { "clusters/c1.yaml": cluster("c1", "pa") + previous, "clusters/theirs.yaml": null };
    await daemon.untilApplied(await daemon.push(gone));
    world.served.model.settle();
    expect(["deleted", undefined]).toContain(clustersOf(world).get("theirs")?.state);
  },
);

test("a registration that goes in favour of one that is there counts as destroyed, and the plan names it", async () => {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start({ policy: { auto_apply: "update" } });
  await daemon.untilApplied(world.first);
  const gone = {
    "clusters/c1.yaml": `${cluster("c1", "pa")}registration: { previous: c2 }\n`,
    "clusters/c2.yaml": null,
  };
  const { plan } = await daemon.untilState("AwaitingApproval", await daemon.push(gone));
  expect(plan?.plan.summary).toEqual({ add: 0, change: 0, replace: 0, destroy: 1 });
  expect(plan?.plan.notices.find(({ code }) => code === "ended-registrations")?.message).toContain("deleted is c2.");
});

test.each(["any-pb", "any-pb-7"])("a cluster that %s of somebody else names stays, 2026-07", async (name) => {
  const world = await openDaemonWorld({ ...FILES, "clusters/c4.yaml": cluster("c4", "pb") }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  await makeQueue(writer, name, "pb", ["c3"]);
  const before = structuredClone(queuesOf(world).get(name));
  const pushed = await daemon.push({ "clusters/c3.yaml": null });
  const { status } = await daemon.untilState("Failed", pushed);
  expect(status).toMatchObject({
    reason: "CheckFailed",
    message: expect.stringContaining(`Queue ${name}, which no manifest names, pins cluster c3`),
  });
  expect(queuesOf(world).get(name)).toEqual(before);
});

test.each(["under its name", "renamed since"])(
  "what an own queue, %s, left behind keeps no cluster, 2026-07",
  async (how) => {
    const files = { ...FILES, "clusters/c4.yaml": cluster("c4", "pb"), "queues/own.yaml": queue("own", 5, ["c1"]) };
    const world = await openDaemonWorld(files, "2026-07");
    const policy = { policy: { auto_apply: "all" } };
    const first = await world.start(policy);
    await first.untilApplied(world.first);
    const inPool = (name: string, pool: string, itsCluster: string) =>
      queue(name, 5, [itsCluster]).replace("cluster_pool: pa", `cluster_pool: ${pool}`);
    await first.untilApplied(await first.push({ "queues/own.yaml": inPool("own", "pb", "c3") }));
    await first.untilApplied(await first.push({ "queues/own.yaml": inPool("own", "pa", "c2") }));
    const isRenamed = how === "renamed since";
    const renamed = `${inPool("mine", "pa", "c2")}previously: own\n`;
    if (isRenamed) await first.untilApplied(await first.push({ "queues/own.yaml": null, "queues/mine.yaml": renamed }));
    await first.daemon.stop();
    const left = ["own", "own-pb"].filter((name) => !queuesOf(world).get(name)?.spec.clusters.includes("c2"));
    expect(left).toEqual(["own-pb"]);
    const daemon = await world.start(policy);
    await daemon.untilApplied(await daemon.push({ "clusters/c3.yaml": null }));
    expect(clustersOf(world).has("c3")).toBe(false);
    expect(queuesOf(world).get("own-pb")?.spec.clusters).toEqual([]);
  },
);

test.each(GENERATIONS)(
  "the last cluster of a pool stays where a `*` queue of somebody else needs it, unless that is let through, %s",
  async (generation) => {
    const world = await openDaemonWorld(FILES, generation);
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    const { writer } = openOtherHands(world);
    await makeQueue(writer, "theirs", "pb");
    const pushed = await daemon.push({ "clusters/c3.yaml": null });
    const { status } = await daemon.untilState("Failed", pushed);
    expect(status).toMatchObject({
      reason: "CheckFailed",
      message: expect.stringContaining("Queue theirs, which no manifest names, would route nowhere"),
    });
    expect(clustersOf(world).get("c3")?.state).toBe("active");
    expect((await daemon.approve(["black-hole"])).status).toBe(201);
    await daemon.untilApplied(pushed);
    world.served.model.settle();
    expect(["deleted", undefined]).toContain(clustersOf(world).get("c3")?.state);
    // It routes nowhere already: nothing that follows makes that worse.
    await daemon.untilApplied(await daemon.push({ "clusters/c4.yaml": cluster("c4", "pa") }));
  },
);
