import { renameSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cluster, FILES, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { listRepeated, readWrites } from "./read-writes.ts";
import { readRoutes } from "./watch-routes.ts";

describe("a repository that is followed", () => {
  test("is applied at the start and after each push, each change once", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    expect(readRoutes(world.served.model.state).get("any")).toEqual(["c1", "c2"]);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 7) });
    const { applied } = await daemon.untilApplied(second);
    expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(7);
    expect(applied.map(({ revision }) => revision)).toEqual([second, world.first]);
    expect(listRepeated(readWrites(world.served.model))).toEqual([]);
  });

  test("keeps its last good revision while the newest is invalid, says where, and goes on with the fix", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const writes = world.served.model.journal.length;
    const bad = await daemon.push({ "queues/any.yaml": queue("any", 7).replace("cluster_pool", "cluster_pol") });
    const invalid = await daemon.untilState("Invalid", bad);
    expect(invalid.status.message).toContain("queues/any.yaml:2");
    expect([invalid.applied_revision, invalid.good_revision]).toEqual([world.first, world.first]);
    expect(world.served.model.journal).toHaveLength(writes);
    const fix = await daemon.push({ "queues/any.yaml": queue("any", 7) });
    await daemon.untilApplied(fix);
  });

  test("leads to one more pass when it is pushed to while one runs", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const held = await world.hold({ method: "UpdateQueue" });
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await held.arrived();
    const third = await daemon.push({ "queues/any.yaml": queue("any", 3) });
    await held.release();
    const { applied } = await daemon.untilApplied(third);
    expect(applied.map(({ revision }) => revision)).toEqual([third, second, world.first]);
    expect(listRepeated(readWrites(world.served.model))).toEqual([]);
  });

  test("is followed over a force push and a rewritten history", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 2) }));
    const forced = await daemon.push({ "queues/any.yaml": queue("any", 3) }, { from: "HEAD~1" });
    await daemon.untilApplied(forced);
    const orphan = await daemon.push({ ...FILES, "queues/any.yaml": queue("any", 4) }, { from: "orphan" });
    await daemon.untilApplied(orphan);
    expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(4);
    expect((await daemon.target()).audit.filter(({ action }) => action === "rewritten")).toHaveLength(2);
  });

  test("keeps what was applied while its branch is deleted, or it is gone as a whole, and recovers", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const writes = world.served.model.journal.length;
    world.repository.ask("update-ref", "-d", "refs/heads/main");
    const deleted = await daemon.untilState("Inconclusive");
    expect([deleted.status.reason, deleted.status.message]).toEqual([
      "SourceUnreachable",
      expect.stringContaining("Push the branch"),
    ]);
    expect(deleted.applied_revision).toBe(world.first);
    const again = { ...FILES, "queues/any.yaml": queue("any", 2) };
    await daemon.untilApplied(await daemon.push(again, { from: world.first }));
    renameSync(world.repository.folder, `${world.repository.folder}-away`);
    const gone = await daemon.untilState("Inconclusive");
    expect(gone.status.message).toContain(world.repository.folder);
    renameSync(`${world.repository.folder}-away`, world.repository.folder);
    await daemon.untilApplied(await daemon.push({ "clusters/c4.yaml": cluster("c4", "pb") }));
    expect(readWrites(world.served.model, writes).filter((write) => write.startsWith("Delete"))).toEqual([]);
  });

  test("that is emptied deletes nothing", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    const emptied = await daemon.push(Object.fromEntries(Object.keys(FILES).map((path) => [path, null])));
    const { status } = await daemon.untilState("Failed", emptied);
    expect([status.reason, status.message]).toEqual(["CheckFailed", expect.stringContaining("empty-set")]);
    expect(readRoutes(world.served.model.state).get("any")).toEqual(["c1", "c2"]);
  });
});
