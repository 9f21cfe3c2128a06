/** The attacker may merge what runs unasked, and lets a manifest of another name have what is protected, paused, or changed by hand. */
import { expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { QUEUE_DEFAULTS } from "../../src/model/objects/spec.ts";
import { openDesk } from "../cli/run-program.ts";
import { cluster, FILES, type Files, pool, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const PROTECTED = "lifecycle: { prevent_destroy: true }\n";
const LIMITS = { run_concurrency: 1, action_concurrency: 1 };
const LIMITED = "queue: { run_concurrency: 5 }\n";

/** Where c1 is registered already, another manifest comes to it: `more` is what that says beside. */
const WAYS: readonly (readonly [string, (pool: string, more: string) => readonly Files[]])[] = [
  [
    "by its registration",
    (pool, more) => [
      { "clusters/c1.yaml": null, "clusters/c9.yaml": `${cluster("c9", pool)}registration: { name: c1 }\n${more}` },
    ],
  ],
  [
    "as the revert of a rename",
    (pool, more) => [
      { "clusters/c1.yaml": `name: c1-eu\npreviously: c1\npool: pa\n${LIMITED}${PROTECTED}` },
      { "clusters/c1.yaml": `${cluster("c1", pool)}${more}` },
    ],
  ],
];

const FIRST: Files = { ...FILES, "clusters/c1.yaml": `${cluster("c1", "pa")}${LIMITED}${PROTECTED}` };

/** Pushes commits one by one, each but the last until it is applied; gives the last one. */
async function pushAll(daemon: RunningDaemon, commits: readonly Files[], between = async () => {}): Promise<string> {
  for (const files of commits.slice(0, -1)) await daemon.untilApplied(await daemon.push(files));
  await between();
  return daemon.push(commits.at(-1) ?? {});
}

const clustersOf = ({ served }: DaemonWorld) =>
  [...served.model.state.cluster.rows.values()].map(({ name, pool }) => `${name} in ${pool}`).sort();

test.each(WAYS)("a protected cluster that is taken over %s is not replaced", async (_way, commitsOf) => {
  const world = await openDaemonWorld(FIRST, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const before = clustersOf(world);
  const pushed = await pushAll(daemon, commitsOf("pb", ""));
  const { status } = await daemon.untilState("Failed", pushed);
  expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining("prevent_destroy") });
  expect(clustersOf(world)).toEqual(before);
});

test.each(WAYS)(
  "a cluster that is taken over %s and moved in one commit is known to be ours",
  async (_way, commitsOf) => {
    const world = await openDaemonWorld(FIRST);
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    await daemon.untilApplied(await pushAll(daemon, commitsOf("pb", "")));
    expect(clustersOf(world)).toEqual(["c1 in pb", "c2 in pa", "c3 in pb"]);
  },
);

test.each(WAYS)("a cluster that is paused and taken over %s stays as it is", async (_way, commitsOf) => {
  const world = await openDaemonWorld(FIRST);
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const commits = commitsOf("pb", "");
  const address = commits.length > 1 ? "cluster.c1-eu" : "cluster.c1";
  const pushed = await pushAll(daemon, commits, async () => {
    await daemon.send("/targets/prod/pause", { address, reason: "incident" });
  });
  const { status } = await daemon.untilState("Paused", pushed);
  expect(status.message).toContain(`${address} was paused by operate (incident)`);
  expect(clustersOf(world)).toEqual(["c1 in pa", "c2 in pa", "c3 in pb"]);
});

test.each(WAYS)("what somebody changed on a cluster that is taken over %s stays reported", async (_way, commitsOf) => {
  const world = await openDaemonWorld(FIRST);
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  const change = { op: "set", kind: "queue", name: "c1", path: "run_concurrency", value: 9, by: "night@example.com" };
  const pushed = await pushAll(daemon, commitsOf("pa", LIMITED + PROTECTED), () => world.post("/mutate", change));
  const { status } = await daemon.until(
    ({ last_pass, running }) => last_pass?.revision === pushed && running === null && last_pass.outcome.kind === "held",
  );
  expect(status).toMatchObject({ state: "OutOfSync" });
  expect(world.served.model.state.queue.rows.get("c1")?.spec.run_concurrency).toBe(9);
});

test("what somebody changed on a queue whose rename is reverted stays reported", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/pin.yaml": queue("pin", 1) });
  const daemon = await world.start({ policy: { auto_apply: "all" }, drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  const renamed = { "queues/pin.yaml": queue("pin", 1).replace("name: pin\n", "name: pin-eu\npreviously: pin\n") };
  const change = { op: "set", kind: "queue", name: "pin", path: "run_concurrency", value: 9, by: "night@example.com" };
  const reverted = { "queues/pin.yaml": queue("pin", 1) };
  const pushed = await pushAll(daemon, [renamed, reverted], () => world.post("/mutate", change));
  const { status } = await daemon.until(
    ({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "held",
  );
  expect(status).toMatchObject({ state: "OutOfSync" });
  expect(world.served.model.state.queue.rows.get("pin")?.spec.run_concurrency).toBe(9);
});

test("a cluster that is paused before it is registered stays as it is once it is renamed and moved", async () => {
  const { "clusters/c1.yaml": _later, ...before } = FIRST;
  const world = await openDaemonWorld(before);
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const address = "cluster.c1";
  await daemon.send("/targets/prod/pause", { address, reason: "incident" });
  const named = "registration: { name: c1-east }\n";
  await daemon.untilState("Paused", await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa") + named }));
  // Somebody registers it by hand: it is taken in as it is, without a write.
  await world.post("/mutate", { op: "create", kind: "cluster", name: "c1-east", object: { pool: "pa" } });
  await daemon.reconciled();
  const renamed = { "clusters/c1.yaml": `name: c1-eu\npreviously: c1\npool: pa\n${named}` };
  await daemon.untilApplied(await daemon.push(renamed));
  const pushed = await daemon.push({ "clusters/c1.yaml": cluster("c1-eu", "pb") + named });
  const { status } = await daemon.untilState("Paused", pushed);
  expect(status.message).toContain(`${address} was paused by operate (incident)`);
  expect(clustersOf(world)).toContain("c1-east in pa");
});

test("a cluster that is renamed and replaced in spite of its pause is paused under its new name", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const address = "cluster.c1";
  await daemon.send("/targets/prod/pause", { address, reason: "incident" });
  const moved = await daemon.push({ "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" });
  await daemon.untilState("Paused", moved);
  expect((await daemon.approve(["paused"])).status).toBe(201);
  await daemon.untilApplied(moved);
  const after = clustersOf(world);
  const pushed = await daemon.push({ "clusters/c1.yaml": cluster("c1-eu", "pa") });
  const { status } = await daemon.untilState("Paused", pushed);
  expect(status.message).toContain(`${address} was paused by operate (incident)`);
  expect(clustersOf(world)).toEqual(after);
});

test.each(GENERATIONS)(
  "a queue that has the name of a stranger's cluster leaves that one's own queue alone, %s",
  async (generation) => {
    const world = await openDaemonWorld(FILES, generation);
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    await openOtherHands(world).writer.registerCluster("train", "pa");
    const spec = (name: string) => world.served.model.state.queue.rows.get(name)?.spec;
    const before = spec("train");
    await daemon.untilApplied(await daemon.push({ "queues/train.yaml": queue("train", 5, ["c1"]) }));
    expect([spec("train"), spec("train-pa")?.clusters]).toEqual([before, ["c1"]]);
    // It goes on with its own one, whatever becomes of the other.
    await daemon.untilApplied(await daemon.push({ "queues/train.yaml": queue("train", 6, ["c1"]) }));
    expect([spec("train"), spec("train-pa")?.run_concurrency]).toEqual([before, 6]);
  },
);

test("a queue of ours stays ours where a stranger registers a cluster of its name", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/train.yaml": queue("train", 5, ["c1"]) }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await openOtherHands(world).writer.registerCluster("train", "pa");
  await daemon.untilApplied(await daemon.push({ "queues/train.yaml": queue("train", 6, ["c1"]) }));
  const rows = world.served.model.state.queue.rows;
  expect([rows.get("train")?.spec.run_concurrency, rows.has("train-pa")]).toEqual([6, false]);
});

test.each(GENERATIONS)(
  "a queue without a store finds its own one beside that of a stranger's cluster, %s",
  async (generation) => {
    const desk = await openDesk(generation);
    desk.write({ "pools/pa.yaml": pool("pa"), "clusters/c1.yaml": cluster("c1", "pa") });
    const apply = () => desk.run(["apply", desk.repository, "--auto-approve"]);
    expect(await apply()).toMatchObject({ code: 0 });
    await openOtherHands(desk).writer.registerCluster("train", "pa");
    desk.write({ "queues/train.yaml": queue("train", 5, ["c1"]) });
    expect(await apply()).toMatchObject({ code: 0 });
    expect((await apply()).stdout).toContain("No changes");
    expect([...desk.served.model.state.queue.rows.keys()].filter((name) => name.startsWith("train"))).toEqual([
      "train",
      "train-pa",
    ]);
  },
);

test("a cluster that is registered under the name of a stranger's queue does not get that queue unless somebody lets it", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const { createQueue } = openOtherHands(world).writer;
  await createQueue("train", { ...QUEUE_DEFAULTS, ...LIMITS, cluster_pool: "pa", clusters: ["c1"] }, "active");
  const routes = () => world.served.model.state.queue.rows.get("train")?.spec.clusters;
  const pushed = await daemon.push({ "clusters/train.yaml": cluster("train", "pa") });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  expect([status.reason, routes()]).toEqual(["CheckFailed", ["c1"]]);
  expect(status.message).toMatch(/cluster\.train would be registered as train.*sends to c1.*registration\.name/);
  const named = `${cluster("train", "pa")}registration: { name: train-eu }\n`;
  await daemon.untilApplied(await daemon.push({ "clusters/train.yaml": named }));
  expect([routes(), world.served.model.state.cluster.rows.has("train-eu")]).toEqual([["c1"], true]);
});
