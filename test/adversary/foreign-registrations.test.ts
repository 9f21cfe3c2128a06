/** Somebody else has registrations whose names a manifest comes to, by chance or by saying so: with a store, they stay as they are. */
import { expect, test } from "vitest";
import type { ControlPlaneWriter } from "../../src/control-plane/writer.ts";
import { GENERATIONS } from "../../src/model/live.ts";
import { QUEUE_DEFAULTS } from "../../src/model/spec.ts";
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
