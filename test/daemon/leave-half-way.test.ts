import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { makeIntent } from "../store/make-change.ts";
import { makeOwnedQueue } from "../store/make-owned-queue.ts";
import { writable } from "../store/writable.ts";
import { cluster, FILES, type Files, MOVE, pool, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld, type Settings } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

/** A daemon whose rollout waits half-way, for work in a queue that is to be deleted; and another control plane. */
async function openHalfWay() {
  const [receiver, world] = [await openReceiver(), await openDaemonWorld()];
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const file = {
    notifications: [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events: ["stalled", "recovered"] }],
  };
  const usual: Settings = { policy: { max_destroy_share: 1, auto_apply: "all" }, file };
  const daemon = await world.start(usual);
  await daemon.untilApplied(world.first);
  const setWork = (runs: number) => world.post("/inflight", { queue: "any", runs, actions: runs, depth: 0 });
  await setWork(3);
  const commit = await daemon.push({ "queues/any.yaml": null });
  await daemon.untilState("Waiting", commit);
  const told = () => receiver.received.map(({ body }) => JSON.parse(body));
  const untilTold = (event: string) =>
    waitFor(
      () => told().some((message) => message.event === event),
      () => JSON.stringify(told()),
    );
  return { world, daemon, commit, setWork, usual, other, told, untilTold };
}

const LEFT = {
  ...{ event: "stalled", target: "prod", title: "prod was removed from the configuration during a rollout" },
  details: { cause: "removed", objects: ["queue.any"], message: expect.stringContaining("takes no work") },
};

test("a target that is removed from the configuration during a rollout is reported once, though the daemon is restarted, and ends when it is back", async () => {
  const { world, daemon, commit, setWork, usual, other, told, untilTold } = await openHalfWay();
  const [target] = JSON.parse(world.describe(usual)).targets;
  const stand = { ...target, name: "other", control_plane: { ...target.control_plane, endpoint: other.url } };
  const without: Settings = { file: { ...usual.file, targets: [stand] } };
  await daemon.daemon.reload(world.read(without));
  await untilTold("stalled");
  const warned = () =>
    world.log.filter((line) => line.includes("prod was removed from the configuration during a rollout"));
  expect(warned()).toHaveLength(1);
  await daemon.daemon.stop();
  const next = await world.start(without);
  expect(warned()).toHaveLength(2);
  await setWork(0);
  await next.daemon.reload(world.read(usual));
  await next.untilApplied(commit);
  await untilTold("recovered");
  expect(told()).toMatchObject([LEFT, { event: "recovered", target: "prod", details: { alarm: "stalled" } }]);
});

test("a target that gets another control plane during a rollout is reported by the name of the former one, and a success there does not end that", async () => {
  const { world, daemon, commit, usual, other, told, untilTold } = await openHalfWay();
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  await untilTold("stalled");
  const isThere = (revision: string | undefined, reason: string) => revision === commit && reason === "LeftBehind";
  await daemon.until(({ status, last_pass }) => isThere(last_pass?.revision ?? undefined, status.reason));
  await daemon.reconciled();
  const place = `${world.served.url} (organization acme)`;
  const title = `prod: its former control plane ${place} was removed from the configuration during a rollout`;
  expect(told()).toMatchObject([{ ...LEFT, title, details: { ...LEFT.details, place } }]);
  expect(world.log.join("\n")).toContain(title);
});

test("a target that is given its former control plane again reports that its rollout there goes on once a pass succeeds there", async () => {
  const { world, daemon, commit, setWork, usual, other, told, untilTold } = await openHalfWay();
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  await untilTold("stalled");
  await setWork(0);
  await daemon.daemon.reload(world.read(usual));
  await daemon.untilApplied(commit);
  await untilTold("recovered");
  const place = `${world.served.url} (organization acme)`;
  const isOfStall = ({ event, details }: { event: string; details: { alarm?: string } }) =>
    event === "stalled" || details.alarm === "stalled";
  await waitFor(
    () => told().filter(isOfStall).length > 1,
    () => JSON.stringify(told()),
  );
  const recovered = { event: "recovered", details: { alarm: "stalled", subject: place } };
  expect(told().filter(isOfStall)).toMatchObject([{ event: "stalled", details: { place } }, recovered]);
  expect(told().filter(isOfStall).at(-1).title).toContain(`the rollout at ${place} is no longer left half-way`);
});

/** A world whose daemon was killed during a change that moves c1, which it has drained; it sends these events to a receiver. */
async function openKilled(events: readonly string[], files: Files = FILES, change: Files = MOVE) {
  const [receiver, world] = [await openReceiver(), await openDaemonWorld(files)];
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events }];
  const usual: Settings = { policy: { auto_apply: "all", max_destroy_share: 1 }, file: { notifications } };
  const killed = await startProcess(world, world.write(usual));
  await killed.untilApplied(world.first);
  const moving = await world.hold({ method: "UpdateCluster" });
  world.repository.push(change);
  await moving.arrived();
  killed.kill("SIGKILL");
  await killed.ended;
  return { receiver, world, notifications, usual };
}

test.each(["its source is away", "the next push is invalid"])(
  "when %s after a process was killed during a rollout, the status and the receivers name what that has drained",
  async (fault) => {
    const { receiver, world, usual } = await openKilled(["invalid"]);
    const isAway = fault === "its source is away";
    if (isAway) renameSync(world.repository.folder, `${world.repository.folder}.away`);
    else world.repository.push({ "queues/bad.yaml": "name: [\n" });
    const daemon = await world.start(usual);
    await daemon.until(({ status }) => status.reason === (isAway ? "AccessDenied" : "ManifestsInvalid"));
    const { status } = await daemon.target();
    expect(status.message).toMatch(/Out of service until then: cluster\.c1\.$/);
    if (isAway) return;
    await waitFor(
      () => receiver.received.length > 0,
      () => world.log.join("\n"),
    );
    const told = receiver.received.map(({ body }) => JSON.parse(body));
    expect(told).toMatchObject([{ event: "invalid", details: { left_drained: ["cluster.c1"] } }]);
    expect(JSON.stringify(told)).toContain("Out of service until it continues: cluster.c1");
  },
);

/** What is told of a world once its one target is not configured any more. */
async function readRemoved({ receiver, world, notifications, usual }: Awaited<ReturnType<typeof openKilled>>) {
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  const [target] = JSON.parse(world.describe(usual)).targets;
  const stand = { ...target, name: "other", control_plane: { ...target.control_plane, endpoint: other.url } };
  await world.start({ file: { notifications, targets: [stand] } });
  await waitFor(
    () => receiver.received.length > 0,
    () => world.log.join("\n"),
  );
  return receiver.received.map(({ body }) => JSON.parse(body));
}

test("of a target that is removed after its process was killed during a rollout, it is reported what that has drained", async () => {
  const told = await readRemoved(await openKilled(["stalled"]));
  const message = expect.stringContaining("It drained cluster c1 and did not put it back into service.");
  expect(told[0].action).toContain("activate cluster.c1");
  expect(told).toMatchObject([{ event: "stalled", details: { cause: "removed", objects: ["cluster.c1"], message } }]);
});

test("of a queue that was parked on * it is reported which clusters it named, to be set back before it is put into service", async () => {
  const files = { ...FILES, "queues/pin.yaml": queue("pin", 1, ["c1"]) };
  const change = { ...MOVE, "queues/pin.yaml": queue("pin", 1, ["c1"]).replace("pool: pa", "pool: pb") };
  const [told] = await readRemoved(await openKilled(["stalled"], files, change));
  expect(told.details).toMatchObject({
    drained: ["cluster.c1", "queue.pin"],
    parked: [{ object: "queue.pin", clusters: ["c1"] }],
    message: expect.stringContaining("It set queue pin to * in place of c1."),
  });
  expect(told.action).toMatch(
    /By hand instead: activate cluster\.c1; set the clusters of queue\.pin back to \[c1\] first, and activate it then\.$/,
  );
});

test("a queue that was moved to all clusters of another pool, as its manifest has it, is reported as drained alone", async () => {
  const files = { ...FILES, "pools/pn.yaml": pool("pn"), "queues/pin.yaml": queue("pin", 1, ["c1"]) };
  const moved = queue("pin", 1).replace("pool: pa", "pool: pn");
  const change = { "clusters/c1.yaml": cluster("c1", "pn"), "queues/pin.yaml": moved };
  const [told] = await readRemoved(await openKilled(["stalled"], files, change));
  expect(told.details).toMatchObject({ drained: ["cluster.c1", "queue.pin"], parked: [] });
});

test("of a replacement that waits at a control plane that no target has any more, it is reported which queue is written out and which registration is beside its former one", async () => {
  const [receiver, world] = [await openReceiver(), await openDaemonWorld(FILES, "2026-07")];
  const other = await serveControlPlane({ generation: "2026-07", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events: ["stalled"] }];
  const usual: Settings = { policy: { auto_apply: "all", max_destroy_share: 1 }, file: { notifications } };
  const daemon = await world.start(usual);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  await daemon.untilState("Waiting", await daemon.push(MOVE));
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  await waitFor(
    () => receiver.received.length > 0,
    () => world.log.join("\n"),
  );
  const [told] = receiver.received.map(({ body }) => JSON.parse(body));
  expect(told.details).toMatchObject({ drained: [], written_out: ["queue.any"], registered: ["cluster.c1-pb"] });
  expect(told.details.message).toBe(
    "A rollout waits half-way at cluster.c1, queue.any. It wrote out queue any in place of *. It registered cluster c1-pb beside c1.",
  );
  expect(told.action).toBe(
    "Restore the configuration until the rollout is done: nothing else continues it. By hand instead: set the clusters of queue.any back to [*]; keep one of each registration and its former ones (cluster.c1-pb), and delete the others.",
  );
});

test.each([
  ["2026-07", ["cluster.c1-pb"], "(cluster.c1-pb), and delete"],
  ["2026-11", ["queue.pin-pc"], "(queue.pin-pc), and delete"],
] as const)(
  "of a queue that a replacement on %s left beside its former ones it is reported beside which, and to delete one only where that can be done",
  async (generation, registered, advised) => {
    const [receiver, world] = [await openReceiver(), await openDaemonWorld(FILES, generation)];
    const other = await serveControlPlane({ generation, org: "acme", adminPort: 0 });
    onTestFinished(() => other.close());
    Object.assign(world.env, { ALERT_URL: receiver.url });
    const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events: ["stalled"] }];
    const usual: Settings = { policy: { auto_apply: "all", max_destroy_share: 1 }, file: { notifications } };
    const { daemon, ...talk } = await world.start(usual);
    await talk.untilApplied(world.first);
    await world.setWork("c1", 1);
    const moved = world.repository.push(MOVE);
    await talk.send("/targets/prod/reconcile", {});
    await talk.untilState("Waiting", moved);
    await daemon.stop();
    const database = await openDatabase(join(world.folder, "data"));
    const place = { org: "acme", endpoint: world.served.url, flyteadmin: null, delivery: null };
    const ledger = await writable(database.storeOf(place));
    const names = { physical_name: "pin-pc", previous_names: ["pin-pb", "pin"] };
    await ledger.recordOwned({ ...makeOwnedQueue("pin"), ...names });
    const created = makeIntent({ address: "queue.pin", physical_name: "pin-pc", op: "create" });
    await ledger.recordSent(await ledger.recordIntent({ ...created, wrote: { kind: "queue", set: {} } }), 0);
    await database.close();
    await world.start({ ...usual, control_plane: { endpoint: other.url } });
    await waitFor(
      () => receiver.received.length > 0,
      () => world.log.join("\n"),
    );
    const [told] = receiver.received.map(({ body }) => JSON.parse(body));
    expect(told.details).toMatchObject({ registered });
    expect(told.details.message).toContain("queue pin-pc beside pin-pb and pin");
    expect(told.action).toContain(advised);
  },
);
