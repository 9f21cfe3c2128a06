/**
 * Nobody attacks here but time: an approval runs out in the middle of its rollout, or is given for later and turns out to be too narrow.
 * What was taken out of service comes to its end, and who may approve is never stuck with what was approved before.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";

/** Whatever may be configured is longer than a test, and its rollout is to begin before: then its time is over. */
function endRunning({ folder }: DaemonWorld): void {
  const database = new DatabaseSync(join(folder, "data", "poolkeeper.sqlite"), { timeout: PATIENCE_MS });
  const ended = new Date(Date.now() - 1000).toISOString();
  expect(database.prepare("update approval set expires_at = ? where state = 'running'").run(ended).changes).toBe(1);
  database.close();
}

test("an approval that runs out while its rollout waits for work is carried to its end", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const moved = await daemon.push(MOVE);
  await daemon.untilState("AwaitingApproval", moved);
  const { status, body } = await daemon.approve();
  expect(status).toBe(201);
  await daemon.untilState("Waiting", moved);
  endRunning(world);
  const { approvals } = await daemon.reconciled();
  expect(approvals).toMatchObject([{ id: body.id, state: "running" }]);
  await world.setWork("c1", 0);
  const { applied } = await daemon.untilApplied(moved);
  expect(applied[0]?.approval).toBe(body.id);
  expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pb", state: "active" });
});

describe("an approval that waits for the end of a pause", () => {
  async function openPaused() {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await daemon.send("/targets/prod/pause", { reason: "release", until });
    const moved = await daemon.push(MOVE);
    await daemon.untilState("Paused", moved);
    expect((await daemon.approve()).status).toBe(201);
    return { daemon, moved };
  }

  test("gives way to one that overrides the pause, and both are in the audit", async () => {
    const { daemon, moved } = await openPaused();
    const { digest, target, id: narrow } = (await daemon.target()).approvals[0] ?? expect.fail();
    const { body, status } = await daemon.approve(["paused"], "other");
    expect([status, body.overrides]).toEqual([201, ["paused"]]);
    const { audit, applied } = await daemon.until(({ applied_revision }) => applied_revision === moved);
    expect(applied[0]?.approval).toBe(body.id);
    const acts = audit.filter(({ action }) => action === "approve" || action === "override");
    expect(acts.map(({ who, details }) => [who, details.approval, details.former, details.digest])).toEqual([
      ["other", body.id, narrow, digest],
      ["approve", narrow, null, digest],
    ]);
    expect(target).toBe("prod");
  });

  test("stays as it is where another one lets through no more, and that one is refused with what it would take", async () => {
    const { daemon } = await openPaused();
    expect(await daemon.approve([], "other")).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", message: expect.stringContaining("approve it with an override") } },
    });
    expect((await daemon.target()).approvals).toMatchObject([{ by: "approve", state: "open" }]);
  });
});
