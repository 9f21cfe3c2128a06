import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { QUEUE_DEFAULTS, type QueueSpec } from "../../src/model/objects/spec.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { label } from "../cli/systems.ts";
import { cluster, FILES, MOVE, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const STRANGERS = ["one", "three", "two"].map((workflow) => `team1/development/${workflow}`);

/** A window in which nothing runs, and which never ends. */
const SHUT = { name: "shut", kind: "deny", schedule: "* * * * *", duration: "5m" };

/** After the first pass only what is asked for. */
const ONE_LOOK = { repository: { poll: "1h" } };

async function run(world: DaemonWorld, command: readonly string[]): Promise<void> {
  const env = { PATH: process.env.PATH ?? "", HOME: world.folder };
  const file = join(world.folder, "backup.gz");
  const [name = "", ...options] = command;
  const { code } = await runInProcess(
    [name, file, "--store", join(world.folder, "data"), ...options],
    env,
    world.folder,
  );
  expect(code).toBe(0);
}

function listLabels({ served }: DaemonWorld): readonly string[] {
  const rows = [...served.flyteadmin.state.attributes.values()];
  return rows.map((row) => [row.project, row.domain, row.workflow].filter((part) => part !== "").join("/")).sort();
}

/** A store that was restored from the middle of a rollout, whose rows were put back since; the owner of one has deleted it after that. */
async function openRestored() {
  const kept = { "execution-cluster-labels/kept.yaml": label("project1", "kept") };
  const world = await openDaemonWorld({ ...FILES, ...kept, [WIDE]: label("team1", "wide") });
  const settings = { policy: { auto_apply: "all" }, control_plane: { flyteadmin: { endpoint: world.served.url } } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  for (const name of STRANGERS) {
    const row = { op: "create", kind: "attributes", name, object: { execution_cluster_label: { value: name } } };
    await world.post("/mutate", row);
  }
  await world.fault({ method: "UpdateWorkflowAttributes", code: "permission_denied", count: 1000 });
  const pushed = await first.push({ [WIDE]: null });
  // The next try begins after a pause: a backup in the middle of one has writes of its own that nobody has settled.
  await first.until(({ last_pass, running }) => last_pass?.outcome.kind === "failed" && running === null);
  await run(world, ["backup"]);
  await world.clearFaults();
  await first.untilApplied(pushed);
  const [deleted = "", ...others] = STRANGERS;
  await world.post("/mutate", { op: "delete", kind: "attributes", name: deleted, path: "execution_cluster_label" });
  await first.daemon.stop();
  await run(world, ["restore", "--force"]);
  return { world, settings, left: `execution_cluster_label.${deleted}`, labels: ["project1/development", ...others] };
}

test("a row that its owner deleted after the backup is not put back by a restore from the middle of a rollout, but told", async () => {
  const { world, settings, left, labels } = await openRestored();
  const daemon = await world.start({ ...settings, ...ONE_LOOK });
  const { left_behind } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
  expect(left_behind).toMatchObject([{ address: left }]);
  await daemon.reconciled();
  expect(listLabels(world)).toEqual(labels);
});

test("what a restored backup has left unfinished is told for as long as something else is held", async () => {
  const { world, settings, left, labels } = await openRestored();
  world.repository.push({ "queues/any.yaml": queue("any", 5) });
  const daemon = await world.start({ ...settings, policy: { auto_apply: "none" }, ...ONE_LOOK });
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "held");
  await daemon.reconciled();
  const { left_behind } = await daemon.reconciled();
  expect(left_behind).toMatchObject([{ address: left }]);
  expect(listLabels(world)).toEqual(labels);
});

test("a queue is not set back to * by a restore from the middle of a rollout", async () => {
  const world = await openDaemonWorld({ ...FILES, "clusters/c4.yaml": cluster("c4", "pa") }, "2026-07");
  const settings = { policy: { auto_apply: "all" } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  const { writer } = openOtherHands(world);
  const limits = { run_concurrency: 3, action_concurrency: 3 };
  const spec: QueueSpec = { ...QUEUE_DEFAULTS, ...limits, cluster_pool: "pa", clusters: ["*"] };
  await writer.createQueue("theirs", spec, "active");
  await world.setWork("c1", 2);
  const pushed = await first.push({ "clusters/c1.yaml": null });
  await first.untilState("Waiting", pushed);
  await run(world, ["backup"]);
  await world.setWork("c1", 0);
  await first.untilApplied(pushed);
  // Its owner chooses the very clusters that it was written out as.
  await writer.updateQueue("theirs", { clusters: ["c2", "c4"] });
  await first.daemon.stop();
  await run(world, ["restore", "--force"]);
  const daemon = await world.start({ ...settings, ...ONE_LOOK });
  const { left_behind } = await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
  expect(left_behind).toMatchObject([{ address: "queue.theirs" }]);
  await daemon.reconciled();
  expect(world.served.model.state.queue.rows.get("theirs")?.spec.clusters.toSorted()).toEqual(["c2", "c4"]);
});

test("a cluster that is drained on its way to another pool is not reported as changed outside after such a restore, and moves on", async () => {
  const world = await openDaemonWorld();
  const settings = { policy: { auto_apply: "all" }, drift: { action: "report", sightings: 1 } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await world.setWork("c1", 2);
  const pushed = await first.push(MOVE);
  await first.untilState("Waiting", pushed);
  await first.daemon.stop();
  await run(world, ["backup"]);
  await run(world, ["restore", "--force"]);
  const daemon = await world.start({ ...settings, ...ONE_LOOK });
  await daemon.reconciled();
  expect(await daemon.reconciled()).toMatchObject({ status: { state: "Waiting" }, drifted: [] });
  await world.setWork("c1", 0);
  await daemon.reconciled();
  await daemon.untilApplied(pushed);
  expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pb", state: "active" });
});

test.each([
  ["whose state is left to others", "lifecycle: { ignore_changes: [state] }\n", "revert"],
  ["whose drift is reported", "", "report"],
] as const)(
  "a cluster %s and that was drained by hand since is not put back into service by such a restore",
  async (_what, more, action) => {
    const at = (pool: string) => ({ "clusters/c1.yaml": cluster("c1", pool) + more });
    const world = await openDaemonWorld({ ...FILES, ...at("pa") });
    const settings = { policy: { auto_apply: "all" }, drift: { action } };
    const first = await world.start(settings);
    await first.untilApplied(world.first);
    await world.setWork("c1", 2);
    const pushed = await first.push(at("pb"));
    await first.untilState("Waiting", pushed);
    await run(world, ["backup"]);
    await world.setWork("c1", 0);
    await first.untilApplied(pushed);
    await first.daemon.stop();
    const { writer, reader } = openOtherHands(world);
    const { generation = "0" } = (await reader.getCluster("c1")) ?? {};
    await writer.setClusterState("c1", "draining", generation);
    world.served.model.settle();
    await run(world, ["restore", "--force"]);
    const daemon = await world.start({ ...settings, ...ONE_LOOK });
    await daemon.reconciled();
    const { status } = await daemon.reconciled();
    expect(await reader.getCluster("c1")).toMatchObject({ pool: "pb", state: "drained" });
    // Where no manifest decides on the state, people do: it may be out of service by the rollout of before the restore.
    expect(status).toMatchObject({ state: "OutOfSync", reason: action === "report" ? "Drift" : "LeftBehind" });
  },
);

describe("what somebody has made anew since is not deleted by a restore from the middle of a rollout", () => {
  test.each([
    { by: "the approval that ran then", policy: { auto_apply: "update" }, windows: [], reason: "approval" },
    {
      by: "what had begun then, while no window is open",
      policy: { auto_apply: "all" },
      windows: [SHUT],
      reason: "window",
    },
  ])("by $by", async ({ policy, windows, reason }) => {
    const world = await openDaemonWorld({ ...FILES, "clusters/c4.yaml": cluster("c4", "pa") }, "2026-07");
    const first = await world.start({ policy: { auto_apply: "all" } });
    await first.untilApplied(world.first);
    await first.daemon.stop();
    const night = await world.start({ policy });
    await world.setWork("c4", 2);
    const pushed = await night.push({ "clusters/c4.yaml": null });
    if (reason === "approval") {
      await night.untilState("AwaitingApproval", pushed);
      await night.approve();
    }
    await night.untilState("Waiting", pushed);
    await run(world, ["backup"]);
    await world.setWork("c4", 0);
    await night.untilApplied(pushed);
    await openOtherHands(world).writer.registerCluster("c4", "pa");
    await night.daemon.stop();
    await run(world, ["restore", "--force"]);
    const daemon = await world.start({ policy: { ...policy, windows } });
    await daemon.reconciled();
    const { last_pass, approvals } = await daemon.reconciled();
    const outcome = last_pass?.outcome;
    expect(outcome !== undefined && "held" in outcome && outcome.held).toContainEqual(
      expect.objectContaining({ address: "cluster.c4", reason }),
    );
    expect(world.served.model.state.cluster.rows.get("c4")?.state).toBe("active");
    expect(approvals).toEqual([]);
  });
});

test("a return to an earlier revision that was asked for before a backup is not made after its restore", async () => {
  const world = await openDaemonWorld(FILES);
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  await first.daemon.stop();
  const database = await openDatabase(join(world.folder, "data"));
  const asked = { id: "1", target: "prod", at: new Date().toISOString() };
  const audit = { ...asked, who: "boss", via: "cli", action: "reconcile", details: {} };
  await database.records.addRequest(
    { ...asked, by: "boss", destination: { kind: "pin", revision: world.first } },
    audit,
  );
  await database.close();
  await run(world, ["backup"]);
  await run(world, ["restore", "--force"]);
  const pushed = world.repository.push({ "queues/any.yaml": queue("any", 7) });
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(pushed);
});

test("a queue that was parked on * on its way does not go into service on * after such a restore", async () => {
  const pinned = (at: string) => queue("pin", 1, ["c1"]).replace("cluster_pool: pa", `cluster_pool: ${at}`);
  const world = await openDaemonWorld({ ...FILES, "queues/pin.yaml": pinned("pa") });
  const settings = { policy: { auto_apply: "all" }, drift: { action: "report", sightings: 1 } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await world.setWork("c1", 2);
  const pushed = await first.push({ ...MOVE, "queues/pin.yaml": pinned("pb") });
  const pin = () => world.served.model.state.queue.rows.get("pin");
  await first.until(() => pin()?.spec.clusters.includes("*") === true);
  await first.untilState("Waiting", pushed);
  await first.daemon.stop();
  await run(world, ["backup"]);
  await run(world, ["restore", "--force"]);
  const daemon = await world.start({ ...settings, ...ONE_LOOK });
  await daemon.reconciled();
  expect(await daemon.reconciled()).toMatchObject({ status: { state: "Waiting" }, drifted: [] });
  expect(pin()).toMatchObject({ state: "drained", spec: { clusters: ["*"] } });
  await world.setWork("c1", 0);
  await daemon.reconciled();
  await daemon.untilApplied(pushed);
  expect(pin()).toMatchObject({ state: "active", spec: { cluster_pool: "pb", clusters: ["c1"] } });
});
