import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdLease } from "../../src/store/leases/hold-lease.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { makeMessage } from "../store/make-records.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { findWriter } from "./find-writer.ts";
import { cluster, FILES, MOVE, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";
import { listRepeated, readWrites } from "./read-writes.ts";
import { startProcess } from "./start-process.ts";
import { watchRoutes } from "./watch-routes.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** A lease comes free when both are over: in this time of the test, or what was killed or stopped is waited for. */
const SHORT = { ttl: "6s", timeout: "6s" };

/** Two daemons on one database, with short leases, that have applied everything. */
async function openReplicas() {
  const world = await openDaemonWorld();
  world.env.DATABASE_URL = await postgres.makeDatabase();
  const file = world.write({
    policy: { max_destroy_share: 1, auto_apply: "all" },
    control_plane: { timeout: SHORT.timeout },
    file: { store: { database_url: { env: "DATABASE_URL" } }, lease: { ttl: SHORT.ttl } },
  });
  const replicas = await Promise.all([startProcess(world, file), startProcess(world, file)]);
  await Promise.all(replicas.map((replica) => replica.untilApplied(world.first)));
  return { world, file, replicas };
}

function poolOf({ served }: DaemonWorld, name: string) {
  return served.model.state.cluster.rows.get(name)?.pool;
}

describe("two replicas on one database", () => {
  test("carry out each push once, and when the one that writes is killed, the other one finishes", async () => {
    const { world, replicas } = await openReplicas();
    const { model } = world.served;
    const lost = watchRoutes(model, ["c1"]);
    const held = await world.hold({ method: "UpdateCluster", count: 1_000 });
    const moved = world.repository.push({ ...MOVE, "queues/any.yaml": queue("any", 2) });
    await held.arrived();
    const [writer, other] = await findWriter(replicas);
    writer.kill("SIGKILL");
    await writer.ended;
    await held.release();
    const { applied } = await other.untilApplied(moved);
    expect(applied.map(({ revision }) => revision)).toEqual([moved, world.first]);
    expect(poolOf(world, "c1")).toBe("pb");
    expect([lost, listRepeated(readWrites(model))]).toEqual([[], []]);
  });

  test("and one that is stopped in the middle of a move, for longer than its lease, writes nothing when it goes on", async () => {
    const { world, replicas } = await openReplicas();
    const { model } = world.served;
    const lost = watchRoutes(model, ["c1"]);
    const place = model.journal.length;
    const held = await world.hold({ method: "UpdateClusterState", count: 1_000 });
    const moved = world.repository.push({ ...MOVE, "queues/any.yaml": queue("any", 2) });
    await held.arrived();
    const [writer, other] = await findWriter(replicas);
    writer.kill("SIGSTOP");
    await held.release();
    await other.untilApplied(moved);
    expect(poolOf(world, "c1")).toBe("pb");
    expect([lost, listRepeated(readWrites(model, place))]).toEqual([[], []]);
    const back = world.repository.push({ "clusters/c1.yaml": cluster("c1", "pa") });
    await other.untilApplied(back);
    const writes = readWrites(model, place);
    const lines = writer.log.length;
    writer.kill("SIGCONT");
    await waitFor(
      () => writer.log.slice(lines).some((line) => line.includes("pass_outdated")),
      () => writer.log.join("\n"),
    );
    await writer.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
    expect(readWrites(model, place)).toEqual(writes);
    expect(poolOf(world, "c1")).toBe("pa");
    const { applied } = await writer.target();
    expect(applied.map(({ revision }) => revision)).toEqual([back, moved, world.first]);
    expect(lost).toEqual([]);
  });

  test("go on after the database was restarted under them", async () => {
    const { world, replicas } = await openReplicas();
    const place = world.served.model.journal.length;
    await postgres.halt();
    const moved = world.repository.push({ ...FILES, "clusters/c1.yaml": cluster("c1", "pb") });
    const health = await Promise.all(replicas.map(({ url }) => fetch(`${url}/healthz`)));
    expect(health.map(({ status }) => status)).toEqual([200, 200]);
    await waitFor(
      () => replicas.every(({ log }) => log.some((line) => line.includes('"level":"error"'))),
      () => "a replica did not notice",
    );
    await postgres.resume();
    await Promise.all(replicas.map((replica) => replica.untilApplied(moved)));
    expect(listRepeated(readWrites(world.served.model, place))).toEqual([]);
    for (const replica of replicas) replica.kill("SIGTERM");
    expect(await Promise.all(replicas.map(({ ended }) => ended))).toEqual([0, 0]);
  });
});

test("a message that is due before its target is sealed by the configuration that counts now is sent without its details", async () => {
  const note = "settings: { annotations: { note: canary } }\n";
  const world = await openDaemonWorld({ ...FILES, "settings/org.yaml": note });
  const receiver = await openReceiver();
  const url = await postgres.makeDatabase();
  Object.assign(world.env, { DATABASE_URL: url, CHAT_URL: receiver.url });
  const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" }, events: ["queue_unreachable"] }];
  const file = { store: { database_url: { env: "DATABASE_URL" } }, notifications };
  const first = await world.start({ policy: { auto_apply: "all" }, file });
  await first.untilApplied(world.first);
  const database = await openDatabase(url);
  const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
  const send = async (id: string, target: string, { send: ask }: RunningDaemon) => {
    const body = JSON.stringify({ id, text: "the note was canary" });
    await database.records.addOutbox([makeMessage({ id, key: `${target}/failed/${id}`, body })]);
    // With a pass the outbox is looked into; by itself, every few seconds.
    await ask("/targets/prod/reconcile", {});
    await waitFor(
      () => bodies().some((message) => message.id === id),
      () => JSON.stringify(bodies()),
    );
    return bodies().find((message) => message.id === id).text;
  };
  expect(await send("before", "prod", first)).toBe("the note was canary");
  await first.daemon.stop();
  // As where another replica makes a pass.
  const lease = await holdLease(database.jobLeases("prod"));
  const second = await world.start({ policy: { auto_apply: "all" }, target: { sensitive: ["*.note"] }, file });
  expect(await send("unsealed", "prod", second)).toMatch(/^prod: The details of this message are withheld/);
  expect(await send("other", "elsewhere", second)).toBe("the note was canary");
  await lease.release();
  await second.reconciled();
  expect(await send("sealed", "prod", second)).toBe("the note was canary");
  await database.close();
});

test("a decision that is on record is answered so, though no pass can be asked for", async () => {
  const world = await openDaemonWorld();
  const url = await postgres.makeDatabase();
  world.env.DATABASE_URL = url;
  const file = { store: { database_url: { env: "DATABASE_URL" } } };
  const daemon = await world.start({ policy: { auto_apply: "none" }, file });
  const { last_pass } = await daemon.until(({ status }) => status.state === "AwaitingApproval");
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("alter schema poolkeeper_jobs rename to away");
  const decision = { digest: last_pass?.digest, target: "prod" };
  const { status } = await daemon.send("/rejections", { ...decision, reason: "no" }, "approve");
  await client.query("alter schema away rename to poolkeeper_jobs");
  await client.end();
  expect(status).toBe(201);
  const { last_pass: last } = await daemon.until(({ status: { reason } }) => reason === "Rejected");
  expect(last?.digest).toBe(decision.digest);
});
