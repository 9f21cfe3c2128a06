import { expect, test } from "vitest";
import { cluster, FILES, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const ADD = { "clusters/c4.yaml": cluster("c4", "pa") };
const REVERT = { "clusters/c4.yaml": null };

/** A daemon that is killed after the control plane has registered c4 and before it could record that, and the commit's revert. */
async function killAfterCreate(world: DaemonWorld & { readonly first: string }, file: string): Promise<string> {
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.first);
  const creating = await world.hold({ method: "CreateCluster", answer: true });
  world.repository.push(ADD);
  await creating.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  expect(world.served.model.state.cluster.rows.get("c4")?.state).toBe("active");
  return world.repository.push(REVERT);
}

async function readChanges(url: string): Promise<readonly object[]> {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const response = await fetch(`${url}/api/v1/targets/prod/changes`, { headers });
  return ((await response.json()) as { readonly entries: readonly object[] }).entries;
}

test("what a killed process registered waits for an approval to be deleted, once its commit is reverted", async () => {
  const world = await openDaemonWorld();
  // Nothing is on record that says for certain whose it is: even then somebody has to look at it.
  const file = world.write({ policy: { auto_apply: "all", max_destroy_share: 1 } });
  const reverted = await killAfterCreate(world, file);
  const daemon = await startProcess(world, file);
  const { status } = await daemon.untilState("AwaitingApproval", reverted);
  expect(status.message).toContain("cluster.c4");
  // It is in the change log before anything else is done about it.
  expect(await readChanges(daemon.url)).toContainEqual(
    expect.objectContaining({ address: "cluster.c4", op: "create", result: "found", decided_by: "auto_apply" }),
  );
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilState("Synced", reverted);
  expect(world.served.model.state.cluster.rows.get("c4")?.state ?? "deleted").toBe("deleted");
});

test("settings that a killed process wrote wait for an approval to be taken out, and the rest of the commit runs", async () => {
  const world = await openDaemonWorld();
  // A write that was on its way is waited for.
  const file = world.write({ policy: { auto_apply: "update" }, control_plane: { write_timeout: "2s" } });
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.first);
  const creating = await world.hold({ method: "CreateSettings", answer: true });
  world.repository.push({ "settings/dev.yaml": "scope: { domain: development }\nsettings: { labels: { a: b } }\n" });
  await creating.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  const reverted = world.repository.push({ "settings/dev.yaml": null, "queues/any.yaml": queue("any", 9) });
  const next = await startProcess(world, file);
  await next.untilState("AwaitingApproval", reverted);
  expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(9);
  expect((await next.approve()).status).toBe(201);
  await next.untilState("Synced", reverted);
  const { rows } = world.served.model.state.setting;
  expect([...rows.values()].flatMap(({ values }) => Object.keys(values))).toEqual([]);
});

test("where nothing is pruned, it is shown as left behind until a manifest names it", async () => {
  const world = await openDaemonWorld();
  const file = world.write({ policy: { prune: "none" } });
  const reverted = await killAfterCreate(world, file);
  const daemon = await startProcess(world, file);
  const left = await daemon.until(({ status }) => status.reason === "LeftBehind");
  expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain(
    'poolkeeper_left_behind_objects{target="prod"} 1',
  );
  expect([left.status.state, left.last_pass?.revision]).toEqual(["OutOfSync", reverted]);
  expect(left.status.message).toMatch(/^cluster\.c4 .*No manifest names it/);
  expect(left.left_behind).toMatchObject([{ address: "cluster.c4" }]);
  const named = world.repository.push(ADD);
  const synced = await daemon.untilState("Synced", named);
  expect(synced.left_behind).toEqual([]);
});

test("2026-07: what a killed move registered stays reported where its manifest, which is gone, releases it, until it is deleted", async () => {
  const [receiver, path, orphan] = [await openReceiver(), "clusters/c1.yaml", "lifecycle: { on_remove: orphan }\n"];
  const world = await openDaemonWorld({ ...FILES, [path]: `${cluster("c1", "pa")}${orphan}` }, "2026-07");
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" } }];
  const policy = { auto_apply: "all", max_destroy_share: 1 };
  const file = world.write({ policy, control_plane: { write_timeout: "2s" }, file: { notifications } });
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.first);
  const registering = await world.hold({ method: "CreateCluster", answer: true });
  world.repository.push({ [path]: `${cluster("c1", "pb")}${orphan}` });
  await registering.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  const { rows } = world.served.model.state.cluster;
  expect([...rows.keys()]).toContain("c1-pb");
  const gone = world.repository.push({ [path]: null });
  const next = await startProcess(world, file);
  const untilLeft = (revision: string) =>
    next.until(({ status, last_pass }) => status.reason === "LeftBehind" && last_pass?.revision === revision);
  await untilLeft(gone);
  // Passes that have nothing else to do end nothing of it.
  for (const runs of [5, 6]) {
    const target = await untilLeft(world.repository.push({ "queues/any.yaml": queue("any", runs) }));
    expect(target.left_behind).toMatchObject([{ address: "cluster.c1" }]);
  }
  const told = () => receiver.received.map(({ body }) => JSON.parse(body).event);
  const judged = () => told().filter((event) => event === "left_behind" || event === "recovered");
  expect(judged()).toEqual(["left_behind"]);
  for (const table of ["cluster", "queue"] as const) {
    world.served.model.commit([{ table, key: "c1-pb", record: null }]);
  }
  await next.untilState("Synced", world.repository.push({ "queues/any.yaml": queue("any", 7) }));
  await expect.poll(judged).toEqual(["left_behind", "recovered"]);
});

test.each([
  ["queue", "queues/n3.yaml", (runs: number) => queue("n3", runs, ["c1"]), "UpdateQueue"],
  [
    "cluster",
    "clusters/n3.yaml",
    (runs: number) => `${cluster("n3", "pa")}queue: { run_concurrency: ${runs} }\n`,
    "UpdateQueue",
  ],
] as const)(
  "a %s that a killed process has restored is put into service without anybody",
  async (kind, path, manifest, method) => {
    const world = await openDaemonWorld();
    // A write that was on its way is waited for.
    const file = world.write({
      policy: { auto_apply: "all", max_destroy_share: 1 },
      control_plane: { write_timeout: "5s" },
    });
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.repository.push({ [path]: manifest(7) }));
    await daemon.untilApplied(world.repository.push({ [path]: null }));
    const updating = await world.hold({ method, count: 100 });
    const restored = world.repository.push({ [path]: manifest(9) });
    await updating.arrived();
    daemon.kill("SIGKILL");
    await daemon.ended;
    await updating.release();
    const next = await startProcess(world, file);
    await next.untilApplied(restored);
    expect(world.served.model.state[kind].rows.get("n3")?.state).toBe("active");
  },
);
