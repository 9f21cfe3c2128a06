import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** Longer than any of these tests waits before it lets a write arrive. */
const LONG = "10m";

/** A gateway before a control plane. What a client sends through it arrives, even if the client is gone by then. */
async function openGateway(world: DaemonWorld) {
  const { port: behind, hostname } = new URL(world.served.url);
  let [watched, held] = ["", [] as (() => void)[]];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const plane = connect(Number(behind), hostname);
    for (const socket of [client, plane]) sockets.add(socket.on("error", () => {}));
    client.on("data", (data) => {
      if (watched === "" || !data.toString("latin1").includes(`/${watched} `)) return void plane.write(data);
      watched = "";
      held.push(() => void plane.write(data));
    });
    plane.on("data", (data) => client.destroyed || client.write(data));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    /** Holds the next call of a method. */
    hold: (method: string) => {
      watched = method;
    },
    held: () =>
      waitFor(
        () => held.length > 0,
        () => "No call is held.",
      ),
    release: () => {
      for (const send of held) send();
      held = [];
    },
  };
}

/** A daemon that was killed while its write for a commit was on its way, and the commit's revert. */
async function killWhileSent(method: string, commit: Readonly<Record<string, string>>, write_timeout: string) {
  const world = await openDaemonWorld();
  const gateway = await openGateway(world);
  const file = world.write({
    policy: { auto_apply: "all" },
    control_plane: { endpoint: gateway.endpoint, write_timeout },
  });
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.first);
  gateway.hold(method);
  world.repository.push(commit);
  await gateway.held();
  daemon.kill("SIGKILL");
  await daemon.ended;
  const back = { "clusters/c9.yaml": null, "queues/any.yaml": queue("any", 1) };
  const reverted = world.repository.push(
    Object.fromEntries(Object.keys(commit).map((path) => [path, back[path as never]])),
  );
  return { world, gateway, reverted, daemon: await startProcess(world, file) };
}

test("a registration that a killed daemon had sent is accounted for when it arrives after the restart", async () => {
  const { world, gateway, reverted, daemon } = await killWhileSent(
    "CreateCluster",
    { "clusters/c9.yaml": cluster("c9", "pa") },
    LONG,
  );
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === reverted);
  expect(status).toMatchObject({ state: "OutOfSync", reason: "Interrupted" });
  expect(status.message).toContain("sent create cluster.c9 and got no response: it may still be applied");
  gateway.release();
  const found = await daemon.untilState("AwaitingApproval", reverted);
  expect(found.status.message).toContain("cluster.c9");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilState("Synced", reverted);
  expect(world.served.model.state.cluster.rows.get("c9")?.state ?? "deleted").toBe("deleted");
});

test("an update that a killed daemon had sent is its own when it arrives after the restart, and no drift", async () => {
  const { world, gateway, reverted, daemon } = await killWhileSent(
    "UpdateQueue",
    { "queues/any.yaml": queue("any", 7) },
    LONG,
  );
  await daemon.until(({ status }) => status.reason === "Interrupted");
  gateway.release();
  const { passes } = await daemon.untilState("Synced", reverted);
  expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(1);
  expect(JSON.stringify(passes)).not.toContain("drift");
});

test("a write that never arrives is waited for no longer than it could take", async () => {
  const { world, reverted, daemon } = await killWhileSent(
    "CreateCluster",
    { "clusters/c9.yaml": cluster("c9", "pa") },
    "6s",
  );
  await daemon.untilState("Synced", reverted);
  expect(world.served.model.state.cluster.rows.has("c9")).toBe(false);
});

test("what a killed run has carried out is told as applied once and whole, when all that it had sent is over", async () => {
  const world = await openDaemonWorld();
  const [gateway, receiver] = [await openGateway(world), await openReceiver()];
  Object.assign(world.env, { LOG_URL: receiver.url });
  const file = world.write({
    control_plane: { endpoint: gateway.endpoint, write_timeout: LONG },
    file: { notifications: [{ name: "log", type: "webhook", url: { env: "LOG_URL" }, events: ["applied"] }] },
  });
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.repository.push({ "queues/more.yaml": queue("more", 1) }));
  gateway.hold("UpdateQueue");
  const commit = world.repository.push({ "queues/any.yaml": queue("any", 7), "queues/more.yaml": queue("more", 7) });
  await gateway.held();
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const isEntered = async () => {
    const answer = await fetch(`${daemon.url}/api/v1/targets/prod/changes`, { headers });
    return (await answer.text()).includes(commit);
  };
  await waitFor(isEntered, () => "No write of the commit was answered.");
  daemon.kill("SIGKILL");
  await daemon.ended;
  const next = await startProcess(world, file);
  await next.until(({ status }) => status.reason === "Interrupted");
  gateway.release();
  await next.untilApplied(commit);
  const read = () =>
    receiver.received.map(({ body }) => JSON.parse(body)).filter(({ revision }) => revision === commit);
  await waitFor(
    () => read().length > 0,
    () => JSON.stringify(receiver.received),
  );
  expect(read()).toMatchObject([{ details: { objects: ["queue.any", "queue.more"], done: { change: 2 } } }]);
});

test("what a rollout has drained is put back into service, though the write that should have done so never arrived", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({
    policy: { auto_apply: "all" },
    drift: { action: "report" },
    control_plane: { write_timeout: "2s" },
  });
  await daemon.untilApplied(world.first);
  await world.fault({ method: "UpdateClusterState", after: 1, count: 10_000, drop: true });
  const pushed = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pb") });
  const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  expect(status.message).toContain("cluster.c1");
  await world.clearFaults();
  const { passes } = await daemon.untilApplied(pushed);
  expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ state: "active", pool: "pb" });
  expect(JSON.stringify(passes)).not.toContain("drift");
});
