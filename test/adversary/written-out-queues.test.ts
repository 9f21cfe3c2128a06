import { expect, test } from "vitest";
import type { QueueSpec } from "../../src/model/objects/spec.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import { cluster, FILES, MOVE } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const selectorOf = ({ served }: DaemonWorld, name: string) =>
  served.model.state.queue.rows.get(name)?.spec.clusters.toSorted();

test("what a queue's owner has chosen while it was written out for a cluster that leaves is not set back", async () => {
  const world = await openDaemonWorld({ ...FILES, "clusters/c4.yaml": cluster("c4", "pa") }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  const limits = { run_concurrency: 3, action_concurrency: 3 };
  const spec: QueueSpec = { ...QUEUE_DEFAULTS, ...limits, cluster_pool: "pa", clusters: ["*"] };
  for (const name of ["changed", "left"]) await writer.createQueue(name, spec, "active");
  await world.setWork("c1", 2);
  const pushed = await daemon.push({ "clusters/c1.yaml": null });
  await daemon.untilState("Waiting", pushed);
  expect(selectorOf(world, "changed")).toEqual(["c2", "c4"]);
  await writer.updateQueue("changed", { clusters: ["c4"] });
  await daemon.reconciled();
  await world.setWork("c1", 0);
  await daemon.untilApplied(pushed);
  expect([selectorOf(world, "changed"), selectorOf(world, "left")]).toEqual([["c4"], ["*"]]);
});

test("what a queue's owner chooses between a pass's look and its write-out stays, and the next pass goes on", async () => {
  const world = await openDaemonWorld({ ...FILES, "clusters/c4.yaml": cluster("c4", "pa") }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  const limits = { run_concurrency: 3, action_concurrency: 3 };
  const spec: QueueSpec = { ...QUEUE_DEFAULTS, ...limits, cluster_pool: "pa", clusters: ["*"] };
  await writer.createQueue("theirs", spec, "active");
  const creating = await world.hold({ method: "CreateCluster", answer: true });
  const pushed = await daemon.push(MOVE);
  await creating.arrived();
  // What the pass would write out is chosen by the owner now: it is not to be taken for poolkeeper's own.
  await writer.updateQueue("theirs", { clusters: ["c2", "c4"] });
  await creating.release();
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind !== "applied");
  expect(selectorOf(world, "theirs")).toEqual(["c2", "c4"]);
  await daemon.reconciled();
  await daemon.untilApplied(pushed);
  expect([selectorOf(world, "theirs"), selectorOf(world, "any")]).toEqual([["c2", "c4"], ["*"]]);
});
