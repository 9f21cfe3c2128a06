import { describe, expect, test } from "vitest";
import { cluster, FILES, MOVE, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { listRepeated, readWrites } from "./read-writes.ts";
import { startProcess } from "./start-process.ts";
import { readRoutes, watchRoutes } from "./watch-routes.ts";

const ALL = { policy: { max_destroy_share: 1, auto_apply: "all" } };

describe("a move of a cluster that has work", () => {
  test("goes over several passes, none of which sits in the wait, and no other queue is without a cluster meanwhile", async () => {
    const world = await openDaemonWorld();
    const { model } = world.served;
    const daemon = await world.start(ALL);
    await daemon.untilApplied(world.first);
    const lost = watchRoutes(model, ["c1"]);
    const place = model.journal.length;
    await world.setWork("c1", 2);
    const moved = await daemon.push(MOVE);
    const waiting = await daemon.untilState("Waiting", moved);
    expect([waiting.status.reason, waiting.applied_revision]).toEqual(["WorkInFlight", world.first]);
    expect(waiting.status.message).toMatch(/Out of service until then: cluster\.c1\.$/);
    await daemon.until(
      ({ last_pass }) => last_pass?.outcome.kind === "waiting" && last_pass.id !== waiting.last_pass?.id,
    );
    expect(model.state.cluster.rows.get("c1")?.pool).toBe("pa");
    await world.setWork("c1", 0);
    await daemon.untilApplied(moved);
    expect(model.state.cluster.rows.get("c1")?.pool).toBe("pb");
    expect(readRoutes(model.state).get("c1")).toEqual(["c1"]);
    expect([lost, listRepeated(readWrites(model, place))]).toEqual([[], []]);
  });

  test("is given up for a newer revision that does not want it any more, and the cluster comes back into service", async () => {
    const world = await openDaemonWorld();
    const { model } = world.served;
    const daemon = await world.start(ALL);
    await daemon.untilApplied(world.first);
    const lost = watchRoutes(model, ["c1"]);
    await world.setWork("c1", 2);
    await daemon.untilState("Waiting", await daemon.push(MOVE));
    const back = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa"), "queues/any.yaml": queue("any", 5) });
    const { applied } = await daemon.untilApplied(back);
    expect(applied.map(({ revision }) => revision)).toEqual([back, world.first]);
    const { pool, state } = model.state.cluster.rows.get("c1") ?? {};
    expect([pool, state]).toEqual(["pa", "active"]);
    expect(readWrites(model).filter((write) => write.startsWith("UpdateCluster "))).toEqual([]);
    expect(lost).toEqual([]);
  });

  test.each([
    ["while it waits", false],
    ["after it was rejected half-way", true],
  ])(
    "that is reverted %s comes back into service, where changes from outside are only reported",
    async (_when, isRejected) => {
      const world = await openDaemonWorld();
      const { model } = world.served;
      const daemon = await world.start({ drift: { action: "report" } });
      await daemon.untilApplied(world.first);
      await world.setWork("c1", 2);
      const moved = await daemon.push(MOVE);
      await daemon.untilState("AwaitingApproval", moved);
      await daemon.approve();
      const waiting = await daemon.until(
        ({ last_pass }) => last_pass?.outcome.kind === "waiting" && last_pass.trigger === "waiting",
      );
      expect(waiting.drifted).toEqual([]);
      if (isRejected) {
        await daemon.send("/rejections", { digest: waiting.last_pass?.digest, reason: "incident" }, "approve");
        await daemon.until(({ status }) => status.reason === "Rejected");
      }
      await daemon.untilApplied(await daemon.push(FILES));
      const { pool, state } = model.state.cluster.rows.get("c1") ?? {};
      expect([pool, state]).toEqual(["pa", "active"]);
    },
  );

  test("whose cluster somebody drained as well, after it was back in service, is reported as changed outside", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ drift: { action: "report" } });
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 2);
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    await daemon.approve();
    await daemon.untilState("Waiting", moved);
    await daemon.untilApplied(await daemon.push(FILES));
    await world.post("/mutate", { op: "set", kind: "cluster", name: "c1", path: "state", value: "drained" });
    await daemon.send("/targets/prod/reconcile", {});
    const { status } = await daemon.untilState("OutOfSync");
    expect(status.reason).toBe("Drift");
  });

  test("says what is out of service while it is paused, while a check fails and while the manifests are wrong", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 2);
    await daemon.untilState("AwaitingApproval", await daemon.push(MOVE));
    await daemon.approve();
    await daemon.untilState("Waiting");
    await daemon.push({ "queues/any.yaml": "name: any\nrun_concurrency: many\n" });
    const { status: invalid } = await daemon.untilState("Invalid");
    expect(invalid.message).toMatch(/A rollout waits half-way at cluster\.c1/);
    await daemon.push({ "queues/any.yaml": queue("any", 1) });
    await daemon.untilState("AwaitingApproval");
    await daemon.send("/targets/prod/pause", { reason: "incident" });
    const { status: paused } = await daemon.until(({ status }) => status.reason === "TargetPaused");
    expect(paused.message).toMatch(/\(incident\).*Out of service until then: cluster\.c1/);
  });

  test("is finished under its one approval though the process is killed in a wait and again in a write", async () => {
    const world = await openDaemonWorld();
    const { model } = world.served;
    const file = world.write();
    const first = await startProcess(world, file);
    await first.untilApplied(world.first);
    const lost = watchRoutes(model, ["c1"]);
    const place = model.journal.length;
    await world.setWork("c1", 1);
    const moved = world.repository.push(MOVE);
    await first.untilState("AwaitingApproval", moved);
    expect((await first.approve()).status).toBe(201);
    await first.untilState("Waiting", moved);
    first.kill("SIGKILL");
    await first.ended;

    const second = await startProcess(world, file);
    // Others may follow it by now.
    await second.until(({ passes }) =>
      passes.some(({ trigger, outcome }) => trigger === "start" && outcome.kind === "waiting"),
    );
    const moving = await world.hold({ method: "UpdateCluster", answer: true });
    await world.setWork("c1", 0);
    await moving.arrived();
    second.kill("SIGKILL");
    await second.ended;

    const third = await startProcess(world, file);
    const { applied, audit, approvals } = await third.untilApplied(moved);
    expect(audit.filter(({ action }) => action === "approve")).toHaveLength(1);
    expect([applied.length, approvals]).toEqual([2, []]);
    expect(applied[0]?.approval).not.toBeNull();
    expect(model.state.cluster.rows.get("c1")?.pool).toBe("pb");
    expect([lost, listRepeated(readWrites(model, place))]).toEqual([[], []]);
  });

  test("where clusters cannot be moved is a replacement, which waits for its approval and for the work", async () => {
    const world = await openDaemonWorld(FILES, "2026-07");
    const { model } = world.served;
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const lost = watchRoutes(model, ["c1"]);
    const place = model.journal.length;
    await world.setWork("c1", 1);
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    await daemon.approve();
    await daemon.untilState("Waiting", moved);
    expect([...model.state.cluster.rows.keys()]).toEqual(expect.arrayContaining(["c1", "c1-pb"]));
    await world.setWork("c1", 0);
    const { applied } = await daemon.untilApplied(moved);
    expect(applied[0]?.approval).not.toBeNull();
    expect(model.state.cluster.rows.get("c1")?.deleted_at ?? "gone").not.toBeNull();
    expect([lost, listRepeated(readWrites(model, place))]).toEqual([[], []]);
  });
});

describe("a queue that is drained for good", () => {
  test("is Waiting under its one approval until its work has ended, and only then applied", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { max_destroy_share: 1 } });
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 2);
    const drained = await daemon.push({ "queues/any.yaml": `${queue("any", 1)}state: drained\n` });
    await daemon.untilState("AwaitingApproval", drained);
    await daemon.approve();
    const { status, applied_revision, last_pass } = await daemon.untilState("Waiting", drained);
    expect([status.reason, applied_revision]).toEqual(["WorkInFlight", world.first]);
    expect(status.message).toMatch(/queue any still has work/);
    // By now nothing is left to write: the wait alone keeps it from being applied.
    const later = await daemon.until(
      (target) => target.last_pass?.outcome.kind === "waiting" && target.last_pass.id !== last_pass?.id,
    );
    expect(later).toMatchObject({ applied_revision: world.first, status: { state: "Waiting" } });
    await world.setWork("c1", 0);
    await daemon.untilApplied(drained);
    await daemon.untilState("Synced", drained);
    expect(world.served.model.state.queue.rows.get("any")?.state).toBe("drained");
  });
});
