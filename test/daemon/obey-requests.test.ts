import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { deliverPush } from "./deliver-push.ts";
import { queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

function runsOf({ served }: DaemonWorld, name: string) {
  return served.model.state.queue.rows.get(name)?.spec.run_concurrency;
}

describe("a pause", () => {
  test("of a target holds everything, until it is resumed", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const paused = await daemon.send("/targets/prod/pause", { reason: "incident", until });
    expect(paused.status).toBe(201);
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    const { status, pauses } = await daemon.untilState("Paused", pushed);
    expect([status.reason, status.message]).toEqual(["TargetPaused", expect.stringContaining("operate (incident)")]);
    expect([pauses.length, runsOf(world, "any")]).toEqual([1, 1]);
    expect((await daemon.send("/targets/prod/resume", {})).body).toEqual({ ended: 1 });
    await daemon.untilApplied(pushed);
    expect(runsOf(world, "any")).toBe(5);
  });

  test("of a target ends by itself at its time, and not before", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    let until = "";
    const pause = async () => {
      until = new Date(Date.now() + 2_000).toISOString();
      return (await daemon.send("/targets/prod/pause", { reason: "incident", until })).status;
    };
    // A request that takes longer than that is refused.
    await expect.poll(pause).toBe(201);
    const { applied } = await daemon.untilApplied(await daemon.push({ "queues/any.yaml": queue("any", 5) }));
    expect(Date.parse(applied[0]?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(until));
  });

  test("of an address holds that one alone, until it is resumed", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/pause", { reason: "tuning", address: "queue.any" });
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5), "queues/other.yaml": queue("other", 3) });
    const { status, applied_revision } = await daemon.untilState("Paused", pushed);
    expect([status.reason, applied_revision]).toEqual(["ObjectPaused", world.first]);
    expect([runsOf(world, "any"), runsOf(world, "other")]).toEqual([1, 3]);
    const resumed = await daemon.send("/targets/prod/resume", { address: "queue.any" });
    expect(resumed.body).toEqual({ ended: 1 });
    const { audit } = await daemon.untilApplied(pushed);
    expect(runsOf(world, "any")).toBe(5);
    expect(audit.map(({ action }) => action)).toEqual(["apply", "resume", "pause", "apply"]);
  });
});

test("a pass that somebody asked for is in the history, by which they know it, also where something else wakes it last", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ repository: { poll: "24h" } });
  await daemon.untilApplied(world.first);
  const { passes } = await daemon.reconciled();
  const tell = () => deliverPush(daemon.url, { delivery: randomUUID(), after: world.first });
  const held = await world.hold({ method: "ListClusters" });
  await tell();
  await held.arrived();
  await daemon.send("/targets/prod/reconcile", {});
  await tell();
  await held.release();
  const { passes: after } = await daemon.until((target) => target.passes.length > passes.length);
  expect(after.slice(1)).toEqual(passes);
});

describe("an earlier revision", () => {
  test("is gone back to and held, whatever is pushed, until the branch is followed again; history and audit tell it", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    const runs = () => world.served.model.state.queue.rows.get("any")?.spec.run_concurrency;
    await daemon.untilApplied(world.first);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilApplied(second);
    const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.operate };
    const back = ["reconcile", "prod", "--revision", world.first.slice(0, 10), "--wait"];
    expect(await runInProcess(back, env, world.folder)).toMatchObject({ code: 0 });
    const pinned = await daemon.untilApplied(world.first);
    expect([pinned.pinned_revision, runs()]).toEqual([world.first, 1]);
    const third = await daemon.push({ "queues/any.yaml": queue("any", 3) });
    const { started_at } = (await daemon.target()).last_pass ?? {};
    const held = await daemon.until(({ last_pass }) => (last_pass?.started_at ?? "") > (started_at ?? ""));
    expect([held.status.state, held.status.reason, held.pinned_revision]).toEqual(["Synced", "Pinned", world.first]);
    expect(runs()).toBe(1);
    await daemon.send("/targets/prod/reconcile", { revision: "" });
    const { applied, audit, pinned_revision } = await daemon.untilApplied(third);
    expect(pinned_revision).toBeNull();
    expect(applied.map(({ revision }) => revision)).toEqual([third, world.first, second, world.first]);
    const asked = audit.filter(({ action }) => action === "reconcile");
    expect(asked.map(({ via, details }) => [via, details])).toEqual([
      ["api", { revision: "" }],
      ["cli", { revision: world.first.slice(0, 10) }],
    ]);
  });

  test("that is held and no longer available is named, with the way out", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilApplied(second);
    await daemon.send("/targets/prod/reconcile", { revision: second });
    await daemon.until(({ status }) => status.reason === "Pinned");
    await daemon.daemon.stop();
    world.repository.ask("update-ref", "refs/heads/main", world.first);
    world.repository.ask("gc", "--quiet", "--prune=now");
    rmSync(join(world.folder, "cache"), { recursive: true });
    const next = await world.start();
    const { status } = await next.untilState("Failed");
    expect(status.message).toMatch(new RegExp(`prod is pinned to the commit ${second}.*reconcile prod --follow`));
    await next.send("/targets/prod/reconcile", { revision: "" });
    expect((await next.untilApplied(world.first)).pinned_revision).toBeNull();
  });

  test("that is not there is told once, and the branch is followed as before", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/reconcile", { revision: "0".repeat(40) });
    const { passes } = await daemon.until(({ passes: all }) => all.some(({ outcome }) => outcome.kind === "failed"));
    expect(passes.find(({ outcome }) => outcome.kind === "failed")?.outcome).toMatchObject({
      code: "revision_missing",
    });
    const next = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    expect((await daemon.untilApplied(next)).pinned_revision).toBeNull();
  });
});
