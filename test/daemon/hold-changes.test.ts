import { describe, expect, test } from "vitest";
import { queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";

function runsOf({ served }: DaemonWorld, name: string) {
  return served.model.state.queue.rows.get(name)?.spec.run_concurrency;
}

describe("a pause", () => {
  test("of a target holds everything, and ends by itself at its time", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const until = new Date(Date.now() + 4_000).toISOString();
    const paused = await daemon.send("/targets/prod/pause", { reason: "incident", until });
    expect(paused.status).toBe(201);
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    const { status, pauses } = await daemon.untilState("Paused", pushed);
    expect([status.reason, status.message]).toEqual(["TargetPaused", expect.stringContaining("operate (incident)")]);
    expect([pauses.length, runsOf(world, "any")]).toEqual([1, 1]);
    await daemon.untilApplied(pushed);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
    expect(runsOf(world, "any")).toBe(5);
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
