/**
 * Nobody is misled here but an approver, who overrode a check for what the plan showed. The world changes before the rollout has come to
 * its end: what the same check finds then was never shown, and blocks.
 */
import { describe, expect, test } from "vitest";
import { cluster, FILES, MOVE, pool, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { moveByHand } from "../daemon/open-other-hands.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";

const SETTINGS = { policy: { auto_apply: "update" }, drift: { action: "report" } };
/** A pool with one cluster, and a queue that routes nowhere once that cluster has moved. */
const EMPTIED = {
  "pools/pc.yaml": pool("pc"),
  "clusters/c4.yaml": cluster("c4", "pc"),
  "queues/qc.yaml": queue("qc", 1).replace("cluster_pool: pa", "cluster_pool: pc"),
};

describe("an approval that overrides black-hole for one queue", () => {
  test("lets no other queue route nowhere, which came to fail while the rollout waited", async () => {
    const world = await openDaemonWorld({ ...FILES, ...EMPTIED });
    const daemon = await world.start(SETTINGS);
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 2);
    const moved = await daemon.push({ ...MOVE, "clusters/c4.yaml": cluster("c4", "pb") });
    await daemon.untilState("Failed", moved);
    expect((await daemon.approve(["black-hole"])).status).toBe(201);
    await daemon.untilState("Waiting", moved);
    await moveByHand(world, "c2", "pb");
    await daemon.until(({ last_pass, status }) => last_pass?.outcome.kind === "blocked" && status.state === "Failed");
    await world.setWork("c1", 0);
    const { status } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "blocked");
    expect(status.message).toContain("Queue any would route nowhere");
    const clusters = world.served.model.state.cluster.rows;
    expect([clusters.get("c1")?.pool, clusters.get("c4")?.pool]).toEqual(["pa", "pb"]);
    // Once it fails nowhere else any more, the rollout goes on under the same approval.
    await moveByHand(world, "c2", "pa");
    await daemon.untilApplied(moved);
    expect(clusters.get("c1")?.pool).toBe("pb");
  });
});

test("a pool on the bucket of another live pool is refused by the control plane: no override is offered, and none is taken", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { prune: "none" } });
  await daemon.untilApplied(world.first);
  await daemon.push({
    "pools/pb.yaml": null,
    "clusters/c3.yaml": null,
    "pools/pz.yaml": pool("pz").replace("bucket-pz", "bucket-pb"),
  });
  const { last_pass, status } = await daemon.until(
    ({ plan }) => plan?.plan.changes.some(({ address }) => address === "cluster_pool.pz") === true,
  );
  expect(status.message).toMatch(/contract/);
  const read = await fetch(`${daemon.url}/api/v1/plans/${last_pass?.digest}/approval?target=prod`, {
    headers: { authorization: `Bearer ${TOKENS.approve}` },
  });
  expect(await read.json()).toMatchObject({ offers: [], command: null });
  const refused = {
    status: 409,
    body: { error: { message: expect.stringMatching(/No override helps: the control plane refuses it\./) } },
  };
  expect(
    await daemon.send("/approvals", { digest: last_pass?.digest, overrides: ["contract"] }, "approve"),
  ).toMatchObject(refused);
});
