import { describe, expect, test } from "vitest";
import { cluster, FILES, pool, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { moveByHand } from "./open-other-hands.ts";

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
  const { status } = await daemon.untilState("Paused", revision);
  const why = /cluster\.c3 .*was paused by operate/;
  expect(status.message).toMatch(why);
  expect(world.served.model.state.queue.rows.has("late")).toBe(false);
  const refused = await daemon.approve();
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringMatching(why)]);
  await daemon.send("/targets/prod/resume", { address: "cluster.c3" });
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(revision);
});

test.each([
  ["beside others", { "clusters/c4.yaml": cluster("c4", "pa") }, "c3"],
  ["alone", {}, "c3"],
  ["and it is renamed", {}, "c9"],
])("what a commit protects is protected while the other change of its object is paused, %s", async (_, more, name) => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all", max_destroy_share: 1 } });
  await daemon.untilApplied(world.first);
  for (const address of ["cluster.c3", "cluster.c9"])
    await daemon.send("/targets/prod/pause", { reason: "try", address });
  const previously = name === "c3" ? "" : "previously: c3\n";
  const protects = `${cluster(name, "pa")}${previously}lifecycle: { prevent_destroy: true }\n`;
  const moved = await daemon.push({ ...more, "clusters/c3.yaml": protects });
  await daemon.untilState("Paused", moved);
  const removed = await daemon.push({ "clusters/c3.yaml": null });
  await daemon.until(({ last_pass }) => last_pass?.revision === removed);
  for (const address of ["cluster.c3", "cluster.c9"]) await daemon.send("/targets/prod/resume", { address });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "blocked");
  expect(status.message).toMatch(/protected.*cluster\.c/);
});

test("what a commit protects no more stays protected while the other change of its object is paused", async () => {
  const protects = "lifecycle: { prevent_destroy: true }\n";
  const world = await openDaemonWorld({ ...FILES, "clusters/c3.yaml": `${cluster("c3", "pb")}${protects}` });
  const daemon = await world.start({ policy: { auto_apply: "all", max_destroy_share: 1 } });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "cluster.c3" });
  await daemon.untilState("Paused", await daemon.push({ "clusters/c3.yaml": cluster("c3", "pa") }));
  const removed = await daemon.push({ "clusters/c3.yaml": null });
  await daemon.until(({ last_pass }) => last_pass?.revision === removed);
  await daemon.send("/targets/prod/resume", { address: "cluster.c3" });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "blocked");
  expect(status.message).toMatch(/protected.*cluster\.c3/);
});

test("a queue whose own change is paused is not left nowhere by what runs beside it", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all", max_destroy_share: 1 } });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "queue.any" });
  const revision = await daemon.push({
    "queues/any.yaml": `${queue("any", 1)}depth: 7\n`,
    "clusters/c1.yaml": cluster("c1", "pb"),
    "clusters/c2.yaml": cluster("c2", "pb"),
  });
  const { status } = await daemon.until(
    ({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === "blocked",
  );
  expect(status.message).toContain("Queue any would route nowhere");
  expect(["c1", "c2"].map((name) => world.served.model.state.cluster.rows.get(name)?.pool)).toEqual(["pa", "pa"]);
});

test("pausing part of a deletion does not take it below the limit: an approval needs the override, and then covers the paused part", async () => {
  const inPb = queue("qb", 3).replace("pa", "pb");
  const more = { "queues/qb.yaml": inPb, "queues/x.yaml": queue("x", 4), "queues/y.yaml": queue("y", 4) };
  const world = await openDaemonWorld({ ...FILES, ...more });
  const daemon = await world.start({ policy: { auto_apply: "update", max_destroy_share: 0.3 } });
  await daemon.untilApplied(world.first);
  for (const address of ["queue.qb", "cluster.c3"])
    await daemon.send("/targets/prod/pause", { reason: "try", address });
  const revision = await daemon.push({
    ...{ "queues/qb.yaml": null, "clusters/c3.yaml": null, "queues/y.yaml": null, "queues/any.yaml": null },
    "queues/x.yaml": queue("x", 9),
  });
  const share = "4 of 9 managed objects (44.4 %) would be deleted";
  const { rows } = world.served.model.state.queue;
  const left = () => ["any", "qb", "y"].filter((name) => rows.get(name)?.state !== "deleted");
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === revision);
  expect([status.reason, status.message]).toEqual(["CheckFailed", expect.stringContaining(share)]);
  const refused = await daemon.approve();
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining(share)]);
  expect((await daemon.approve(["max-disruption-share"])).status).toBe(201);
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "applied" && last_pass.revision === revision);
  expect(left()).toEqual(["qb"]);
  for (const address of ["queue.qb", "cluster.c3"]) await daemon.send("/targets/prod/resume", { address });
  await daemon.untilApplied(revision);
  expect(left()).toEqual([]);
});

test("a deletion that is paused as a whole is shown as paused, and its check stops it once part of it is resumed", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/y.yaml": queue("y", 4) });
  const daemon = await world.start({ policy: { auto_apply: "all", max_destroy_share: 0.2 } });
  await daemon.untilApplied(world.first);
  for (const address of ["queue.y", "queue.any"]) await daemon.send("/targets/prod/pause", { reason: "try", address });
  const revision = await daemon.push({ "queues/y.yaml": null, "queues/any.yaml": null });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === revision);
  expect(status).toMatchObject({ state: "Paused", reason: "ObjectPaused" });
  expect(status.message).toContain("2 of 7 managed objects");
  expect((await daemon.approve()).status).toBe(409);
  await daemon.send("/targets/prod/resume", { address: "queue.y" });
  expect((await daemon.reconciled()).status.reason).toBe("CheckFailed");
  const { rows } = world.served.model.state.queue;
  expect(["any", "y"].map((name) => rows.get(name)?.state)).not.toContain("deleted");
});

describe("a paused cluster that serves a queue where it was moved by hand, and whose way back a check would stop", () => {
  /** Nothing else is in its pool. */
  const NOWHERE = "Queue default would route nowhere";

  async function openMoved() {
    const world = await openDaemonWorld();
    const policy = { auto_apply: "all", max_destroy_share: 1 };
    const daemon = await world.start({ policy, drift: { action: "revert", destructive: true } });
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/pause", { reason: "repair", address: "cluster.c2" });
    await moveByHand(world, "c2", "default");
    const { state } = world.served.model;
    const poolOf = (name: string) => state.cluster.rows.get(name)?.pool;
    return { daemon, poolOf, depthOf: (name: string) => state.queue.rows.get(name)?.spec.depth };
  }

  test("is held by the pause, which says what stops it then, and counts again without the pause", async () => {
    const { daemon, poolOf } = await openMoved();
    const { status, last_pass } = await daemon.reconciled();
    expect(status).toMatchObject({ state: "Paused", reason: "ObjectPaused" });
    expect(status.message).toMatch(/cluster\.c2 was paused by .*repair.* The check black-hole of the plan fails: /);
    expect(status.message).toContain(NOWHERE);
    expect(last_pass?.outcome).toMatchObject({ kind: "held", held: [{ address: "cluster.c2", reason: "paused" }] });
    const useless = await daemon.approve(["black-hole"]);
    expect([useless.status, JSON.stringify(useless.body)]).toEqual([409, expect.stringContaining("was paused by")]);
    await daemon.send("/targets/prod/resume", { address: "cluster.c2" });
    const stopped = await daemon.reconciled();
    expect([stopped.status.reason, stopped.status.message]).toEqual(["CheckFailed", expect.stringContaining(NOWHERE)]);
    expect(poolOf("c2")).toBe("default");
    expect((await daemon.approve(["black-hole"])).status).toBe(201);
    await daemon.untilState("Synced");
    expect(poolOf("c2")).toBe("pa");
  });

  test("is set back by an approval that overrides the pause and the check, and by none that overrides the pause alone", async () => {
    const { daemon, poolOf } = await openMoved();
    await daemon.reconciled();
    const refused = await daemon.approve(["paused"]);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining(NOWHERE)]);
    expect((await daemon.approve(["paused", "black-hole"])).status).toBe(201);
    await daemon.untilState("Synced");
    expect(poolOf("c2")).toBe("pa");
  });

  test("stops no commit beside it, but one that the same check stops by itself, or that needs the cluster where it belongs", async () => {
    const { daemon, poolOf, depthOf } = await openMoved();
    const low = queue("low", 1).replace("pa", "pb");
    const deeper = await daemon.push({ "queues/any.yaml": `${queue("any", 1)}depth: 7\n`, "queues/low.yaml": low });
    const untilEnded = (revision: string, kind: string) =>
      daemon.until(({ last_pass }) => last_pass?.revision === revision && last_pass.outcome.kind === kind);
    await untilEnded(deeper, "held");
    expect([depthOf("any"), depthOf("low") === undefined, poolOf("c2")]).toEqual([7, false, "default"]);
    const leaving = await daemon.push({ "clusters/c3.yaml": cluster("c3", "pa") });
    const { status } = await untilEnded(leaving, "blocked");
    expect([status.reason, status.message]).toEqual(["CheckFailed", expect.stringContaining("Queue low would route")]);
    const last = await daemon.push({
      "clusters/c3.yaml": cluster("c3", "pb"),
      "clusters/c1.yaml": cluster("c1", "pb"),
    });
    const { last_pass } = await untilEnded(last, "held");
    const held = last_pass?.outcome.kind === "held" ? last_pass.outcome.held : [];
    expect(held.map(({ address, reason }) => [address, reason]).sort()).toEqual([
      ["cluster.c1", "paused"],
      ["cluster.c2", "paused"],
    ]);
    expect(["c1", "c2", "c3"].map(poolOf)).toEqual(["pa", "default", "pb"]);
  });
});
