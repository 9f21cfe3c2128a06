/**
 * Nobody attacks: a rollout is given up half-way where drift is only reported. What it wrote itself must not pass for a change from outside,
 * or what it drained would stay out of service for ever. What a neighbour changes beside it or after it must not pass for its own.
 */
import { describe, expect, test } from "vitest";
import { cluster, FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const PINNED = (name: string): Files => ({ "queues/pin.yaml": queue("pin", 1, [name]) });
const BACK: Files = { "clusters/c1.yaml": cluster("c1", "pa"), ...PINNED("c1") };

/** An approved move of c1, with a queue pinned to c2 for it, that has drained c1 and waits for its work. */
async function openStopped() {
  const world = await openDaemonWorld({ ...FILES, ...PINNED("c1") });
  const daemon = await world.start({ policy: { auto_apply: "update" }, drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const moved = await daemon.push({ ...MOVE, ...PINNED("c2") });
  await daemon.untilState("AwaitingApproval", moved);
  const digest = (await daemon.target()).last_pass?.digest;
  await daemon.approve();
  const waiting = await daemon.untilState("Waiting", moved);
  const { cluster: clusters, queue: queues } = world.served.model.state;
  const look = () => {
    const { pool, state } = clusters.rows.get("c1") ?? {};
    return [pool, state, queues.rows.get("c1")?.state, queues.rows.get("pin")?.spec.clusters];
  };
  expect(look()).toEqual(["pa", expect.stringMatching(/drain/), expect.anything(), ["c2"]]);
  return { world, daemon, look, digest, waiting };
}

const IN_SERVICE = ["pa", "active", "active", ["c1"]];

describe("a rollout that has drained a cluster and waits for its work", () => {
  test("is undone by itself once a revert is pushed, with the queue that it wrote", async () => {
    const { daemon, look, waiting } = await openStopped();
    expect(waiting.drifted).toEqual([]);
    await daemon.untilApplied(await daemon.push(BACK));
    expect(look()).toEqual(IN_SERVICE);
  });

  test("is undone by itself once it is rejected and reverted, and the status says what is out of service until then", async () => {
    const { daemon, look, digest } = await openStopped();
    const rejection = { digest, reason: "incident" };
    expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
    const { status } = await daemon.until((target) => target.status.reason === "Rejected");
    expect(status.message).toContain("Out of service until then: cluster.c1.");
    await daemon.untilApplied(await daemon.push(BACK));
    expect(look()).toEqual(IN_SERVICE);
  });

  test("is undone by itself once the branch is set back to the commit that was applied before", async () => {
    const { world, daemon, look } = await openStopped();
    world.repository.ask("update-ref", "refs/heads/main", world.first);
    await daemon.until(({ last_pass, status }) => last_pass?.revision === world.first && status.state === "Synced");
    expect(look()).toEqual(IN_SERVICE);
  });

  test("leaves what a neighbour changes beside it, and what one writes once it is undone, as drift", async () => {
    const { world, daemon, look } = await openStopped();
    const { writer } = openOtherHands(world);
    await writer.updateQueue("any", { run_concurrency: 7 });
    const back = await daemon.push(BACK);
    const { drifted } = await daemon.until(
      ({ last_pass, status }) => last_pass?.revision === back && status.reason === "Drift" && look()[1] === "active",
    );
    expect([drifted, look()]).toEqual([["queue.any"], IN_SERVICE]);
    // The very value that the rollout had written.
    await writer.updateQueue("pin", { clusters: ["c2"] });
    const later = await daemon.until(({ drifted: found }) => found.includes("queue.pin"));
    expect([later.status.reason, look()]).toEqual(["Drift", ["pa", "active", "active", ["c2"]]]);
  });
});
