import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deliverPush } from "./deliver-push.ts";
import { queue } from "./manifests.ts";
import {
  type DaemonWorld,
  openDaemonWorld,
  pollOften,
  type RunningDaemon,
  type Settings,
} from "./open-daemon-world.ts";
import { moveByHand } from "./open-other-hands.ts";

/** A daemon that has applied everything, and `queue.any` changed by hand since. */
async function openDrifted(settings: Settings, adjust: Parameters<DaemonWorld["start"]>[1] = pollOften) {
  const world = await openDaemonWorld();
  const daemon = await world.start(settings, adjust);
  await daemon.untilApplied(world.first);
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
  await tune(world, 9);
  return { world, daemon };
}

function tune(world: DaemonWorld, value: number) {
  const by = "night.shift@example.com";
  return world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value, by });
}

function runsOf({ served }: DaemonWorld) {
  return served.model.state.queue.rows.get("any")?.spec.run_concurrency;
}

function depthOf({ served }: DaemonWorld) {
  return served.model.state.queue.rows.get("any")?.spec.depth;
}

async function countPassesOf(daemon: RunningDaemon, kind: string, reason: string) {
  const { passes } = await daemon.target();
  const held = passes.flatMap(({ outcome }) => (outcome.kind === kind && "held" in outcome ? outcome.held : []));
  return held.filter((change) => change.reason === reason).length;
}

describe("what is changed by hand", () => {
  test("is reverted after it was seen as often as configured", async () => {
    const { world, daemon } = await openDrifted({ drift: { sightings: 2 } });
    await daemon.untilState("OutOfSync");
    await daemon.until(() => runsOf(world) === 1);
    const { drift_since, applied } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
    expect([drift_since, await countPassesOf(daemon, "held", "drift_unconfirmed")]).toEqual([null, 1]);
    expect(applied.map(({ revision }) => revision)).toEqual([world.first]);
  });

  test("is waited for again after it was reverted and comes back", async () => {
    const { world, daemon } = await openDrifted({ drift: { sightings: 2 } });
    for (const count of [1, 2]) {
      await daemon.until(() => runsOf(world) === 1);
      await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
      expect(await countPassesOf(daemon, "held", "drift_unconfirmed")).toBe(count);
      await tune(world, 9);
    }
  });

  test("is in the history each time that it is reverted, though the pass before reverted the same", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ repository: { poll: "24h" } });
    await daemon.untilApplied(world.first);
    for (const count of [1, 2]) {
      await tune(world, 9);
      await deliverPush(daemon.url, { delivery: randomUUID(), after: world.first });
      await daemon.until(({ passes }) => passes.length > count);
      expect((await daemon.target()).passes.map(({ trigger, outcome }) => [trigger, outcome.kind])).toEqual([
        ...Array.from({ length: count }, () => ["push", "applied"]),
        ["start", "applied"],
      ]);
    }
  });

  test("is reported and left, though other changes are merged, until it is committed", async () => {
    const { world, daemon } = await openDrifted({ drift: { action: "report" } });
    const { status, drift_since, plan } = await daemon.untilState("OutOfSync");
    expect(plan?.plan.changes.map(({ address, changed_by }) => [address, changed_by])).toEqual([
      ["queue.any", "night.shift@example.com"],
    ]);
    expect([status.reason, status.message]).toEqual(["Drift", expect.stringContaining("queue.any")]);
    expect(drift_since).not.toBeNull();
    const merged = await daemon.push({ "queues/other.yaml": queue("other", 3) });
    await daemon.untilState("OutOfSync", merged);
    await daemon.until(() => world.served.model.state.queue.rows.has("other"));
    expect(runsOf(world)).toBe(9);
    const committed = await daemon.push({ "queues/any.yaml": queue("any", 9) });
    expect((await daemon.untilApplied(committed)).drift_since).toBeNull();
  });

  test("is not looked at where drift is off, and a commit that touches it carries its own change out", async () => {
    const { world, daemon } = await openDrifted({ drift: { action: "off" } });
    await daemon.send("/targets/prod/reconcile", {});
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 7) });
    await daemon.untilApplied(pushed);
    expect(runsOf(world)).toBe(7);
  });

  test.each([
    ["report", 9],
    ["revert", 1],
  ] as const)("beside what a commit asks of the same queue follows its own rule: %s", async (action, runs) => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ drift: { action, sightings: 1 }, repository: { poll: "24h" } });
    await daemon.untilApplied(world.first);
    await tune(world, 9);
    const pushed = await daemon.push({ "queues/any.yaml": `${queue("any", 1)}depth: 7\n` });
    const { plan, last_pass } = await daemon.until(({ applied_revision }) => applied_revision === pushed);
    const fields = plan?.plan.changes.flatMap((change) => change.fields ?? []);
    expect(fields).toEqual([
      { path: ["run_concurrency"], origin: "drift" },
      { path: ["depth"], origin: "commit" },
    ]);
    const held = last_pass !== null && "held" in last_pass.outcome ? last_pass.outcome.held : [];
    expect(held.map((change) => change.fields)).toEqual(action === "report" ? [["run_concurrency"]] : []);
    expect([depthOf(world), runsOf(world)]).toEqual([7, runs]);
  });

  test("is undone by a move only where that is switched on", async () => {
    const world = await openDaemonWorld();
    const settings: Settings = { policy: { max_destroy_share: 1, auto_apply: "all" } };
    const daemon = await world.start(settings, pollOften);
    await daemon.untilApplied(world.first);
    await moveByHand(world, "c1", "pb");
    const { last_pass } = await daemon.untilState("OutOfSync");
    const held = last_pass !== null && "held" in last_pass.outcome ? last_pass.outcome.held : [];
    expect(held.map(({ address, reason }) => [address, reason])).toEqual([["cluster.c1", "drift_destructive"]]);
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
    await daemon.daemon.reload(world.read({ ...settings, drift: { destructive: true } }));
    await daemon.until(() => world.served.model.state.cluster.rows.get("c1")?.pool === "pa");
    await daemon.untilState("Synced");
  });

  test("is looked for when its schedule is due, or someone asks, and not with each poll", async () => {
    const yearly = await openDrifted({ drift: { schedule: "0 0 1 1 *" } });
    const pushed = await yearly.daemon.push({ "README.md": "Words." });
    await yearly.daemon.untilApplied(pushed);
    await yearly.daemon.until(() => runsOf(yearly.world) === 1);
    await yearly.daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
    await tune(yearly.world, 8);
    const { last_pass: before } = await yearly.daemon.target();
    await yearly.daemon.until(({ last_pass }) => last_pass?.id !== before?.id && last_pass?.trigger === "poll");
    expect(runsOf(yearly.world)).toBe(8);
    await yearly.daemon.send("/targets/prod/reconcile", {});
    await yearly.daemon.until(() => runsOf(yearly.world) === 1);
  });

  test("is found on its schedule though nothing polls", async () => {
    const { world, daemon } = await openDrifted({ repository: { poll: "24h" } }, (config) => ({
      ...config,
      targets: config.targets.map((target) => ({ ...target, drift: { ...target.drift, schedule: "* * * * * *" } })),
    }));
    await daemon.until(() => runsOf(world) === 1);
  });
});
