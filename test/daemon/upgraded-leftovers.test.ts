import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { STORE_FILE } from "../../src/store/database/store-schema.ts";
import { upgradeByNewer } from "../store/describe-upgrades.ts";
import { cluster, FILES, MOVE, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { readWrites } from "./read-writes.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const inPb = (text: string) => text.replace("cluster_pool: pa", "cluster_pool: pb");

type World = Awaited<ReturnType<typeof openDaemonWorld>>;

/** The live selectors of queues, and the pools of clusters. */
function readLive({ served }: World) {
  const { queue, cluster } = served.model.state;
  const isLive = ({ state }: { readonly state: string }) => state !== "deleted";
  return {
    queues: Object.fromEntries(
      [...queue.rows].flatMap(([name, row]) => (isLive(row) ? [[name, row.spec.clusters] as const] : [])),
    ),
    clusters: Object.fromEntries([...cluster.rows].flatMap(([name, row]) => (isLive(row) ? [[name, row.pool]] : []))),
  };
}

/** The same target on a control plane that can delete queues by now. */
async function upgrade(world: World) {
  Object.assign(world.served.model.state, { generation: "2026-11" });
  return world.start({ policy: { auto_apply: "all" } });
}

test("a queue that a replacement left holds up no cluster of its rollout after an upgrade in its middle", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/pin.yaml": queue("pin", 1, ["c1", "c2"]) }, "2026-07");
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  await world.setWork("c1", 2);
  const pushed = await first.push({
    "clusters/c1.yaml": cluster("c1", "pb"),
    "queues/pin.yaml": inPb(queue("pin", 1, ["c1"])),
  });
  await first.until(({ last_pass }) => last_pass?.revision === pushed);
  await first.daemon.stop();
  expect(readLive(world).queues).toMatchObject({ pin: ["c1", "c2"], "pin-pb": ["c1-pb"], any: ["c2"] });
  const daemon = await upgrade(world);
  await world.setWork("c1", 0);
  await expect
    .poll(async () => {
      world.served.model.settle();
      await daemon.reconciled();
      return (await daemon.target()).status;
    })
    .toMatchObject({ state: "Synced" });
  const { queues, clusters } = readLive(world);
  expect(clusters).toEqual({ c2: "pa", c3: "pb", "c1-pb": "pb" });
  expect(queues).toMatchObject({ any: ["*"], "pin-pb": ["c1-pb"] });
  expect(queues).not.toHaveProperty("pin");
});

test("a queue that was left long before holds up no cluster that goes after an upgrade", async () => {
  const pin = (clusters: readonly string[]) => `${queue("pin", 1, clusters)}lifecycle: { prevent_destroy: true }\n`;
  const world = await openDaemonWorld({ ...FILES, "queues/pin.yaml": queue("pin", 1, ["c1", "c2"]) }, "2026-07");
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  await first.untilApplied(await first.push({ "queues/pin.yaml": inPb(queue("pin", 1, ["c3"])) }));
  // It is the queue that its manifest stands for now that is protected.
  await first.untilApplied(await first.push({ "queues/pin.yaml": inPb(pin(["c3"])) }));
  await first.daemon.stop();
  const daemon = await upgrade(world);
  await daemon.reconciled();
  // What names no cluster that goes stays: it is no registration any more.
  expect(readLive(world).queues).toMatchObject({ pin: ["c1", "c2"], "pin-pb": ["c3"] });
  const pushed = await daemon.push({ "clusters/c2.yaml": null });
  await expect
    .poll(async () => {
      world.served.model.settle();
      await daemon.reconciled();
      const { status, last_pass } = await daemon.target();
      return last_pass?.revision === pushed ? status : null;
    })
    .toMatchObject({ state: "Synced" });
  const { queues, clusters } = readLive(world);
  expect(clusters).toEqual({ c1: "pa", c3: "pb" });
  expect(queues).toMatchObject({ any: ["*"], "pin-pb": ["c3"] });
  expect(queues).not.toHaveProperty("pin");
});

/** Changes the store while no daemon has it. */
function alterStore({ folder }: World, statement: string) {
  const store = new DatabaseSync(join(folder, "data", STORE_FILE));
  store.exec(statement);
  store.close();
}

test("a daemon whose store a newer release has upgraded says so, stops everything and writes nothing more", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "none" } });
  await daemon.untilState("AwaitingApproval", world.first);
  const before = structuredClone(readLive(world));
  await upgradeByNewer(join(world.folder, "data"));
  // A proof of a moment before counts for a second.
  await expect
    .poll(async () => {
      const ready = await fetch(`${daemon.url}/readyz`);
      return [ready.status, await ready.text()];
    })
    .toEqual([503, expect.stringContaining("upgraded by a newer release")]);
  const { status } = await daemon.target();
  expect(status).toMatchObject({ reason: "StoreUnavailable", message: expect.stringContaining("newer release") });
  expect(await daemon.approve()).toMatchObject({ status: 503 });
  await daemon.push({ "queues/more.yaml": queue("more", 1) });
  expect(world.log.filter((line) => line.includes("this daemon stops working"))).toHaveLength(1);
  await daemon.daemon.stop();
  expect(readLive(world)).toEqual(before);
  await expect(world.start()).rejects.toMatchObject({ code: "store_too_new" });
});

test("a pass whose store a newer release upgrades in its middle sends nothing after that, and gives its lease back", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const held = await world.hold({ method: "UpdateCluster", count: 1_000 });
  await daemon.push(MOVE);
  await held.arrived();
  await upgradeByNewer(join(world.folder, "data"));
  const sent = readWrites(world.served.model).length;
  await held.release();
  await expect.poll(async () => (await fetch(`${daemon.url}/readyz`)).status).toBe(503);
  await daemon.daemon.stop();
  // The one that was on its way arrives.
  expect(readWrites(world.served.model).length).toBeLessThanOrEqual(sent + 1);
  const store = new DatabaseSync(join(world.folder, "data", STORE_FILE));
  expect(store.prepare("select released from lease where released = 0").all()).toEqual([]);
  store.close();
});

test("a rollout whose approved plan is of a format that is not read any more waits for an approval of today's plan", async () => {
  const world = await openDaemonWorld();
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  await first.daemon.stop();
  const settings = { policy: { auto_apply: "update" } };
  const asking = await world.start(settings);
  await asking.untilState("Synced");
  await world.setWork("c1", 2);
  const pushed = await asking.push({ "clusters/c1.yaml": cluster("c1", "pb") });
  await asking.untilState("AwaitingApproval", pushed);
  expect((await asking.approve()).status).toBe(201);
  await asking.untilState("Waiting", pushed);
  await asking.daemon.stop();
  // Its hash is another one, too.
  const former = `replace(body, '"format_version":"3.0"', '"format_version":"2.0"')`;
  alterStore(world, `update kept_plan set body = ${former}, body_hash = 'of the former'`);
  const daemon = await world.start(settings);
  await daemon.reconciled();
  const { approvals, last_pass } = await daemon.target();
  const show = (path: string) =>
    fetch(daemon.url + path, { headers: { authorization: `Bearer ${TOKENS.read}`, accept: "text/html" } });
  const [running] = approvals;
  expect((await show("/targets/prod")).status).toBe(200);
  for (const digest of [running?.digest, last_pass?.digest])
    expect((await show(`/plans/${digest}?target=prod`)).status).not.toBe(500);
  await daemon.untilState("AwaitingApproval", pushed);
  expect((await daemon.approve()).status).toBe(201);
  await world.setWork("c1", 0);
  await daemon.untilApplied(pushed);
  expect(readLive(world).clusters).toMatchObject({ c1: "pb" });
});

test("a cluster that a release before has begun to empty beside newer tables is deleted when its work has ended, not before", async () => {
  const world = await openDaemonWorld({ ...FILES, "queues/pin.yaml": queue("pin", 1, ["c1", "c2"]) }, "2026-07");
  const settings = { policy: { auto_apply: "all" } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await world.post("/inflight", { queue: "pin", cluster: "c1", runs: 2 });
  const pushed = await first.push({ "clusters/c1.yaml": null, "queues/pin.yaml": queue("pin", 1, ["c2"]) });
  await first.untilState("Waiting", pushed);
  await first.daemon.stop();
  // That release does not know of the column.
  alterStore(world, "update journal_entry set phase = null");
  const daemon = await world.start(settings);
  await daemon.reconciled();
  expect(readLive(world)).toMatchObject({ clusters: { c1: "pa" }, queues: { pin: ["c2"], any: ["c2"] } });
  await world.post("/inflight", { queue: "pin", cluster: "c1", runs: 0 });
  await expect
    .poll(async () => {
      world.served.model.settle();
      await daemon.reconciled();
      return (await daemon.target()).status;
    })
    .toMatchObject({ state: "Synced" });
  expect(readLive(world)).toMatchObject({ clusters: { c2: "pa", c3: "pb" }, queues: { pin: ["c2"], any: ["*"] } });
});
