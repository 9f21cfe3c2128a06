/**
 * The attacker has the control plane as any operator of it, and drains a cluster by hand while a rollout waits. The rollout can't put it
 * back where drift is only reported, and no order of its steps can: status, page and requests name the queue that nothing serves.
 */
import { expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { signInAs } from "./sign-in-as.ts";

const WORDS = "Queue without a cluster in service, where work waits: any (c2).";

test("a queue whose other cluster is drained in the middle of a move is named until that one is back", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const moved = await daemon.push(MOVE);
  await daemon.untilState("Waiting", moved);
  const { writer } = openOtherHands(world);
  const rows = world.served.model.state.cluster.rows;
  const generation = () => String(rows.get("c2")?.generation);
  await writer.setClusterState("c2", "draining", generation());
  world.served.model.settle();
  await daemon.until(({ status }) => status.message.includes("where work waits: any (c1 and 1 more)"));
  await world.setWork("c1", 0);
  await daemon.until(({ status }) => rows.get("c1")?.pool === "pb" && status.message.endsWith(WORDS));
  expect((await (await signInAs(daemon.url, TOKENS.read)).open("/targets/prod")).text).toContain(WORDS);
  await writer.setClusterState("c2", "active", generation());
  const settled = await daemon.push({ ...MOVE, "queues/any.yaml": queue("any", 3) });
  expect((await daemon.untilApplied(settled)).status.message).toBe("The live state matches the manifests.");
});
