import { expect, test } from "vitest";
import type { TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import { cluster, FILES, pool, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("a pause of one object warns where there is no such object, and holds one that comes", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const pause = async (address: string | null) =>
    (await daemon.send("/targets/prod/pause", { reason: "try", address })).body;
  const none =
    / not found: .*no manifest, plan or live object had this address\. The pause has no effect until one does\./;
  for (const address of [null, "cluster.c1", "queue.any", "cluster_pool.pa"])
    expect(await pause(address)).toMatchObject({ address, warning: null });
  expect(await pause("cluster.c44")).toMatchObject({ warning: expect.stringMatching(none) });
  expect(await pause("queue.ayn")).toMatchObject({ warning: expect.stringMatching(/ Did you mean queue\.any\?$/) });
  const zone = await pause("cluster.far-away");
  expect(zone).toMatchObject({ warning: expect.stringMatching(/ Check the name\.$/) });
  await daemon.send("/targets/prod/resume", { address: null });

  const revision = await daemon.push({ ...FILES, "clusters/far-away.yaml": cluster("far-away", "pb") });
  const held = await daemon.until(
    ({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === "held",
  );
  expect(held.last_pass?.outcome).toMatchObject({ held: [{ address: "cluster.far-away", reason: "paused" }] });
  expect(await pause("cluster.far-away")).toMatchObject({ warning: null });
});

test("while a cluster that is to come is paused, an approved queue waits that would send work to those that are to leave", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "none", max_destroy_share: 1 } });
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "held");
  await daemon.approve();
  await daemon.untilApplied(world.first);
  const revision = await daemon.push({
    "clusters/c1.yaml": null,
    "clusters/c2.yaml": null,
    "clusters/c3.yaml": cluster("c3", "pa"),
    "queues/late.yaml": queue("late", 1),
  });
  const isHeld = (address: string) =>
    daemon.until(
      ({ last_pass }) =>
        last_pass?.revision === revision &&
        last_pass.outcome.kind === "held" &&
        last_pass.outcome.held.some((one) => one.address === address && one.reason === "paused"),
    );
  await daemon.until(({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === "held");
  await daemon.send("/targets/prod/pause", { reason: "try", address: "cluster.c3" });
  await daemon.approve();
  await isHeld("queue.late");
  const { queue: queues } = world.served.model.state;
  expect(queues.rows.has("late")).toBe(false);
  await daemon.send("/targets/prod/resume", { address: "cluster.c3" });
  await daemon.untilApplied(revision);
  expect(queues.rows.has("late")).toBe(true);
});

test("what would leave a queue nowhere without a paused cluster waits for it, and an approval meanwhile is refused with the cause", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "create", max_destroy_share: 1 } });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "cluster.c3" });
  const revision = await daemon.push({
    "pools/pc.yaml": pool("pc"),
    "clusters/c3.yaml": cluster("c3", "pc"),
    "queues/late.yaml": queue("late", 1).replace("pa", "pc"),
  });
  const isBlocked = ({ last_pass }: TargetDetail) =>
    last_pass?.revision === revision && last_pass.outcome.kind === "blocked";
  const { status } = await daemon.until(isBlocked);
  const why = /Fails as long as cluster\.c3 is held: Queue late would route nowhere/;
  expect(status.message).toMatch(why);
  const refused = await daemon.approve();
  expect(refused.status).toBe(409);
  expect(JSON.stringify(refused.body)).toMatch(why);
  await daemon.send("/targets/prod/resume", { address: "cluster.c3" });
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(revision);
});
