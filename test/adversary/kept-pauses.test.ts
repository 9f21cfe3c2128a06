/** The attacker may push and merge, or is only quick: an operator has paused an object, or pauses it while it is about to be written. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { label } from "../cli/systems.ts";
import { cluster, FILES, type Files, MOVE, pool, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { startProcess } from "../daemon/start-process.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const PAUSE = "/targets/prod/pause";

const poolOf = ({ served }: DaemonWorld, name: string) => served.model.state.cluster.rows.get(name)?.pool;
const runsOf = ({ served }: DaemonWorld, name: string) => served.model.state.queue.rows.get(name)?.spec.run_concurrency;

/** Waits for a pass that begins after now. */
async function passOnce(daemon: RunningDaemon): Promise<void> {
  const { last_pass: before } = await daemon.target();
  await daemon.send("/targets/prod/reconcile", {});
  await daemon.until(({ last_pass }) => last_pass !== null && last_pass.id !== before?.id);
}

test.each([
  ["moved", MOVE],
  ["renamed and moved", { "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" }],
])("an object that is paused stays as it is where it is %s", async (_how, files) => {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await daemon.send(PAUSE, { address: "cluster.c1", reason: "incident" });
  const pushed = await daemon.push(files);
  const { status } = await daemon.untilState("Paused", pushed);
  expect(status.message).toMatch(/cluster\.c1 was paused by operate \(incident\)/);
  expect(poolOf(world, "c1")).toBe("pa");
});

test.each([
  ["renamed again and moved", [{ "clusters/c1.yaml": "name: c1-us\npreviously: c1-eu\npool: pb\n" }]],
  [
    "renamed again, and moved by the next commit",
    [
      { "clusters/c1.yaml": "name: c1-us\npreviously: c1-eu\npool: pa\n" },
      { "clusters/c1.yaml": "name: c1-us\npool: pb\n" },
    ],
  ],
])(
  "an object that is paused by its manifest's name, and is registered under another one, stays as it is where it is %s",
  async (_how, commits) => {
    const world = await openDaemonWorld(FILES);
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    await daemon.untilApplied(await daemon.push({ "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pa\n" }));
    await daemon.send(PAUSE, { address: "cluster.c1-eu", reason: "incident" });
    for (const files of commits) {
      const pushed = await daemon.push(files);
      await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
    }
    const { status } = await daemon.target();
    expect(status.message).toMatch(/cluster\.c1-eu was paused by operate \(incident\)/);
    expect(poolOf(world, "c1")).toBe("pa");
  },
);

test("an object that is paused is paused under the name, too, that a command on the daemon's store registers it under", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const settings = { policy: { auto_apply: "all", max_destroy_share: 1 }, repository: { poll: "24h" } } as const;
  const daemon = await world.start(settings);
  await daemon.untilApplied(world.first);
  await daemon.send(PAUSE, { address: "cluster.c1", reason: "incident" });
  const folder = join(world.folder, "by-hand");
  const moved = { ...FILES, "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" };
  for (const [path, text] of Object.entries(moved)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), String(text));
  }
  const env = { ...homeIn(world.folder), POOLKEEPER_ENDPOINT: world.served.url, POOLKEEPER_ORG: "acme" };
  const flags = ["--auto-approve", "--store", "data"];
  const applied = await runInProcess(["apply", folder, ...flags], env, world.folder);
  expect(applied.code, applied.stderr).toBe(0);
  expect([poolOf(world, "c1"), poolOf(world, "c1-eu")]).toEqual([undefined, "pb"]);
  const pushed = await daemon.push({ "clusters/c1.yaml": "name: c1-eu\npool: pa\n" });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  expect(status.message).toMatch(/cluster\.c1 was paused by operate \(incident\)/);
  expect(poolOf(world, "c1-eu")).toBe("pb");
});

test("a cluster that is paused is not registered by a pool map", async () => {
  const world = await openDaemonWorld(FILES, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await daemon.send(PAUSE, { address: "cluster.c-new", reason: "incident" });
  const pushed = await daemon.push({ "cluster-pool-maps/self-managed.yaml": "pa:\n  - c-new\n" });
  const { status } = await daemon.untilState("Paused", pushed);
  expect(status.message).toMatch(/cluster\.c-new was paused by operate \(incident\)/);
  expect(poolOf(world, "c-new")).toBeUndefined();
});

test("an approval that overrides a pause lets nothing through that was paused after it", async () => {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start({ policy: { auto_apply: "update" } });
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  await daemon.send(PAUSE, { address: "cluster.c1", reason: "not yet" });
  const pushed = await daemon.push(MOVE);
  await daemon.untilState("Paused", pushed);
  expect((await daemon.approve(["paused"])).status).toBe(201);
  await daemon.untilState("Waiting", pushed);
  await daemon.send("/targets/prod/resume", { address: "cluster.c1" });
  await daemon.send(PAUSE, { reason: "nothing runs" });
  await daemon.untilState("Paused", pushed);
  await world.setWork("c1", 0);
  await passOnce(daemon);
  await passOnce(daemon);
  expect((await daemon.target()).status.message).toMatch(/nothing runs/);
  expect(poolOf(world, "c1")).toBe("pa");
  await daemon.send("/targets/prod/resume", {});
  await daemon.untilApplied(pushed);
  expect(poolOf(world, "c1")).toBe("pb");
});

test("an object that is paused while a run goes on is not written by it, and the rest is afterwards", async () => {
  const names = Array.from({ length: 30 }, (_, index) => `q${String(index).padStart(2, "0")}`);
  const all = (runs: number) => Object.fromEntries(names.map((name) => [`queues/${name}.yaml`, queue(name, runs)]));
  const world = await openDaemonWorld({ ...FILES, ...all(1) });
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const held = await world.hold({ method: "UpdateQueue", count: 10 });
  const pushed = await daemon.push(all(5));
  await held.arrived(10);
  await daemon.send(PAUSE, { address: "queue.q29", reason: "incident" });
  await held.release();
  await daemon.untilState("Paused", pushed);
  expect(runsOf(world, "q29")).toBe(1);
  expect(new Set(names.slice(0, -1).map((name) => runsOf(world, name)))).toEqual(new Set([5]));
  await daemon.send("/targets/prod/resume", { address: "queue.q29" });
  await daemon.untilApplied(pushed);
  expect(runsOf(world, "q29")).toBe(5);
});

/** What a queue routed to, each time that it was written. */
const routesOf = ({ served }: DaemonWorld, name: string) => served.model.state.queue.rows.get(name)?.spec.clusters;

test.each([
  ["before the commit", "replaced", MOVE],
  ["before the commit", "deleted", { "clusters/c1.yaml": null }],
  ["while that is under way", "replaced", MOVE],
] as const)(
  "a `*` queue that is paused %s is not written to for the sake of a cluster that is %s",
  async (when, _how, files) => {
    const world = await openDaemonWorld(FILES, "2026-07");
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    const pause = () => daemon.send(PAUSE, { address: "queue.any", reason: "incident" });
    const held = when === "before the commit" ? null : await world.hold({ method: "CreateCluster", count: 1 });
    if (held === null) await pause();
    const writes = world.served.model.journal.length;
    const pushed = await daemon.push(files);
    if (held !== null) {
      await held.arrived(1);
      await pause();
      await held.release();
    }
    const { status } = await daemon.untilState("Paused", pushed);
    expect(status.message).toMatch(/queue\.any was paused by operate \(incident\)/);
    expect(routesOf(world, "any")).toEqual(["*"]);
    const written = world.served.model.journal.slice(writes).filter(({ method }) => method.endsWith("/UpdateQueue"));
    expect(written).toEqual([]);
    expect(poolOf(world, "c1")).toBe("pa");
    await daemon.send("/targets/prod/resume", { address: "queue.any" });
    await daemon.untilApplied(pushed);
    expect(routesOf(world, "any")).toEqual(["*"]);
  },
);

const WIDE = "execution-cluster-labels/team1.yaml";
const BELOW = "team1/development/nightly";
const NARROW: Files = {
  "execution-cluster-labels/nightly.yaml": "project: team1\ndomain: development\nworkflow: nightly\nvalue: gpu\n",
};

test.each([
  ["that a manifest names", NARROW],
  ["that no manifest names", {}],
])("a row of flyteadmin %s and that is paused goes with no delete of a wider one", async (_whose, narrow) => {
  const world = await openDaemonWorld({ ...FILES, [WIDE]: label("team1", "cpu"), ...narrow });
  if (narrow !== NARROW) {
    const object = { execution_cluster_label: { value: "gpu" } };
    await world.post("/mutate", { op: "create", kind: "attributes", name: BELOW, object });
  }
  const control_plane = { flyteadmin: { endpoint: world.served.url }, insecure: true };
  const daemon = await world.start({ policy: { auto_apply: "all" }, control_plane });
  await daemon.untilApplied(world.first);
  const workflows = () => [...world.served.flyteadmin.state.attributes.values()].map(({ workflow }) => workflow);
  expect(workflows().sort()).toEqual(["", "nightly"]);
  const address = `execution_cluster_label.${BELOW}`;
  await daemon.send(PAUSE, { address, reason: "incident" });
  const deletes = () => world.served.model.journal.filter(({ method }) => /\/Delete.*Attributes$/.test(method)).length;
  const pushed = await daemon.push({ [WIDE]: null });
  const { last_pass, status } = await daemon.until((target) => target.last_pass?.revision === pushed);
  expect([last_pass?.outcome.kind, deletes()]).toEqual(["held", 0]);
  expect(status.message).toContain(`${address} was paused by operate (incident)`);
  await daemon.send("/targets/prod/resume", { address });
  await daemon.untilApplied(pushed);
  expect([workflows(), deletes()]).toEqual([["nightly"], 1]);
});

test("a row of flyteadmin that is paused and that nothing could write back goes with no delete of a wider one, though the check is let through", async () => {
  const world = await openDaemonWorld({ ...FILES, [WIDE]: label("team1", "cpu") });
  const object = { execution_cluster_label: { value: "gpu" } };
  const row = { op: "create", kind: "attributes", name: BELOW, launch_plan: "lp", object };
  const control_plane = { flyteadmin: { endpoint: world.served.url }, insecure: true };
  const daemon = await world.start({ policy: { auto_apply: "all" }, control_plane });
  await daemon.untilApplied(world.first);
  await world.post("/mutate", row);
  const rows = () => [...world.served.flyteadmin.state.attributes.values()].map(({ workflow }) => workflow).sort();
  const address = `execution_cluster_label.${BELOW}`;
  await daemon.send(PAUSE, { address, reason: "incident" });
  const pushed = await daemon.push({ [WIDE]: null });
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  await daemon.approve(["cascade"]);
  await daemon.reconciled();
  expect(rows()).toEqual(["", "nightly"]);
  await daemon.send("/targets/prod/resume", { address });
  expect((await daemon.approve(["cascade"])).status).toBe(201);
  await daemon.untilApplied(pushed);
  expect(rows()).toEqual([]);
});

test("a pause goes on with its object where that was renamed and replaced by a run that was killed", async () => {
  const world = await openDaemonWorld({
    ...FILES,
    "pools/px.yaml": pool("px"),
    "clusters/c4.yaml": cluster("c4", "px"),
  });
  const policy = { auto_apply: "update", on_pool_change: "replace", max_destroy_share: 1 };
  // The next process waits for a write that was on its way.
  const file = world.write({ policy, control_plane: { write_timeout: "5s" } });
  const first = await startProcess(world, file);
  await first.untilApplied(world.first);
  await first.send(PAUSE, { address: "cluster.c4", reason: "incident" });
  const renamed = (more: string) => ({ "clusters/c4.yaml": `name: c4-eu\npool: pb\n${more}` });
  // Its pool goes once nothing is left to do for the cluster.
  const deleting = await world.hold({ method: "ClusterPoolService/Delete" });
  const pushed = world.repository.push({ ...renamed("previously: c4\n"), "pools/px.yaml": null });
  await first.until(({ last_pass }) => last_pass?.revision === pushed);
  expect((await first.approve(["paused"])).status).toBe(201);
  await deleting.arrived();
  first.kill("SIGKILL");
  await first.ended;
  await deleting.release();
  expect([poolOf(world, "c4-eu"), world.served.model.state.cluster.rows.get("c4")?.state]).toEqual(["pb", "deleted"]);
  const changed = world.repository.push({ ...renamed("queue: { run_concurrency: 7 }\n"), "pools/px.yaml": pool("px") });
  const second = await startProcess(world, file);
  // The first passes may still wait for the write that was on its way.
  await second.until(
    ({ last_pass, status }) =>
      last_pass?.revision === changed && status.message.includes("cluster.c4 was paused by operate (incident)"),
  );
  expect(runsOf(world, "c4-eu")).not.toBe(7);
});

test("an object that is paused while its put-back is due stays as it is, and holds nothing beside it", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/extra.yaml": queue("extra", 1, ["c1"]) });
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  const refused = { code: "failed_precondition", message: "somebody needs it", count: 1000 };
  await world.fault({ method: "DeleteQueue", ...refused });
  await world.fault({ method: "UpdateQueueState", after: 1, code: "permission_denied", count: 1000 });
  await daemon.untilState("AwaitingApproval", await daemon.push({ "queues/extra.yaml": null }));
  await daemon.approve();
  await daemon.until(({ status }) => status.state === "Failed");
  await daemon.send(PAUSE, { address: "queue.extra", reason: "incident" });
  await world.clearFaults();
  await world.fault({ method: "DeleteQueue", ...refused });
  const state = () => world.served.model.state.queue.rows.get("extra")?.state;
  const pushed = await daemon.push({ "queues/other.yaml": queue("other", 3) });
  // The next pass, which finds no more to do, may have ended already.
  const findApplied = ({ passes }: Awaited<ReturnType<typeof daemon.target>>) =>
    passes.find(({ revision, outcome }) => revision === pushed && outcome.kind === "applied");
  const found = findApplied(await daemon.until((target) => findApplied(target) !== undefined));
  expect(found?.outcome).toMatchObject({
    held: [{ address: "queue.extra", reason: "paused", message: expect.stringContaining("incident") }],
  });
  expect(runsOf(world, "other")).toBe(3);
  expect(state()).not.toBe("active");
  await daemon.send("/targets/prod/resume", { address: "queue.extra" });
  await expect.poll(state).toBe("active");
});
