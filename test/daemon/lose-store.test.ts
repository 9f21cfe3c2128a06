import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Status } from "../../src/model/passes/status.ts";
import { homeIn } from "../cli/run-program.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres } from "../store/start-postgres.ts";
import { cluster, MOVE, queue } from "./manifests.ts";
import { observe } from "./observe-store.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { type DaemonProcess, startProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const bearer = { authorization: `Bearer ${TOKENS.read}` };

/** How often a cluster asks whether a daemon is ready: more often than it proves a write for that. */
const PROBING_MS = 500;

/** Waits until a daemon tells that its store can't be written, everywhere. */
async function untilTold(daemon: DaemonProcess, words: RegExp): Promise<void> {
  const seen = observe(daemon);
  // A connection that is cut may be told first, and a proof of a moment before counts for a second.
  const isTold = async () => {
    const { reason, message } = await seen.status();
    const isWord = reason === "StoreUnavailable" && words.test(message);
    return isWord && !(await seen.isReady()) && !(await seen.isUp());
  };
  await waitFor(isTold, () => daemon.log.join("\n"));
  const { state, since } = await seen.status();
  expect([state, Number.isNaN(Date.parse(since))]).toEqual(["Inconclusive", false]);
  const metrics = await (await seen.get("/metrics")).text();
  expect(metrics).toMatch(/^poolkeeper_target_info\{.*reason="StoreUnavailable".*\} 1$/m);
  const { status, body } = await daemon.send("/targets/prod/pause", { reason: "incident" });
  expect(status).toBe(503);
  expect(body).toMatchObject({ error: { code: "unavailable", message: expect.stringMatching(words) } });
  const page = await seen.get("/", "text/html");
  expect(page.status).toBe(200);
  expect((await page.text()).replaceAll("&#39;", "'")).toMatch(words);
}

/**
 * Waits until a daemon that is probed meanwhile, as a cluster probes it, has applied a revision. A probe has a write proven, so that the daemon learns
 * within a second that its store is back; by itself it looks every ten.
 */
async function untilAppliedUnderProbes(daemon: DaemonProcess, revision: string): Promise<void> {
  const { isReady, get } = observe(daemon);
  const isApplied = async () => {
    await isReady();
    const answer = await get("/api/v1/targets/prod");
    if (!answer.ok) return false;
    const { applied_revision, status } = JSON.parse(await answer.text());
    return applied_revision === revision && status.state === "Synced";
  };
  await waitFor(isApplied, () => daemon.log.join("\n"), PROBING_MS);
}

async function untilFit(daemon: DaemonProcess): Promise<void> {
  const { isReady, isUp } = observe(daemon);
  await waitFor(
    async () => (await isReady()) && (await isUp()),
    () => daemon.log.join("\n"),
  );
}

describe("a disk that is full", () => {
  test("is told by every target, the probes and the API, in the store's words; nothing is written, and it goes on", async () => {
    const world = await openDaemonWorld();
    const daemon = await startProcess(world, world.write());
    await daemon.untilApplied(world.first);
    const writes = world.served.model.journal.length;
    // No file of the daemon's can grow any more; what a process is refused so is told as a full disk is.
    const limit = (bytes: string) => execFileSync("prlimit", ["--pid", `${daemon.pid}`, `--fsize=${bytes}:unlimited`]);
    limit("4096");
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await untilTold(
      daemon,
      /The store at \S+poolkeeper\.sqlite can't be used: (disk I\/O error|database or disk is full)/,
    );
    expect(world.served.model.journal.length).toBe(writes);
    limit("unlimited");
    await daemon.untilApplied(second);
    await untilFit(daemon);
  });
});

describe("a store's file that another program locks in the middle of an apply", () => {
  test("is told by probes, page, metrics and API, all of which answer meanwhile, and the apply goes on once it is released", async () => {
    const world = await openDaemonWorld();
    const daemon = await startProcess(world, world.write());
    await daemon.untilApplied(world.first);
    const held = await world.hold({ method: "UpdateQueue", count: 1_000 });
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await held.arrived();
    const { get } = observe(daemon);
    const file = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { timeout: PATIENCE_MS });
    file.exec("begin exclusive");
    await held.release();
    await untilTold(daemon, /can't be used: (it did not answer within 3 seconds|database is locked)/);
    const answers = ["/healthz", "/metrics", "/targets/prod", "/api/v1/targets/prod"].map((path) => get(path));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    file.close();
    await daemon.untilApplied(second);
    await untilFit(daemon);
  });
});

describe("a row that no pass gets past", () => {
  test("is said by the target's status, since when it is so and what was recorded last, until a pass is recorded again", async () => {
    const world = await openDaemonWorld();
    const { daemon: _daemon, push, ...talk } = await world.start();
    const { status: recorded } = await talk.untilApplied(world.first);
    alterStore(world, (file) => {
      file.exec("create table kept as select address, applied from owned_object");
      file.prepare("update owned_object set applied = ?").run(`{"depth":${"[".repeat(20_000)}${"]".repeat(20_000)}}`);
    });
    const second = await push({ "queues/any.yaml": queue("any", 2) });
    const { status, last_pass } = await talk.until((target) => target.status.reason === "PassFailed");
    expect(status).toMatchObject({ state: "Failed", message: expect.stringContaining("Maximum call stack size") });
    expect(status.message).toContain(`The last recorded status is ${recorded.state} (${recorded.reason}).`);
    expect([last_pass?.revision, status.since > recorded.since]).toEqual([world.first, true]);
    const metrics = await (await fetch(`${talk.url}/metrics`, { headers: bearer })).text();
    expect(metrics).toMatch(/^poolkeeper_target_info\{.*reason="PassFailed".*\} 1$/m);
    expect((await fetch(`${talk.url}/readyz`)).status).toBe(200);
    const former = "select applied from kept where kept.address = owned_object.address";
    alterStore(world, (file) => file.exec(`update owned_object set applied = (${former})`));
    await talk.send("/targets/prod/reconcile", {});
    await talk.untilApplied(second);
  });
});

describe("a row that was altered by another program", () => {
  const PAST_ROWS = [
    ["audit_entry", "details", "audit ", ["/api/v1/audit", "/api/v1/targets/prod"]],
    ["pass_record", "outcome", "pass ", ["/api/v1/targets/prod/passes", "/api/v1/targets/prod"]],
  ] as const;

  test.each(PAST_ROWS)("of %s is named by API and page as what is damaged", async (table, column, entry, paths) => {
    const world = await openDaemonWorld();
    const { url, untilApplied } = await world.start();
    await untilApplied(world.first);
    alterStore(world, (file) => file.exec(`update ${table} set ${column} = '{"kind":'`));
    const words = new RegExp(`The store's entry of "${entry}\\S+" can't be read: .* Restore the store from a backup`);
    for (const path of paths) {
      const answer = await fetch(url + path, { headers: bearer });
      expect([path, answer.status, await answer.json()]).toEqual([
        ...[path, 503],
        { error: { code: "store_damaged", message: expect.stringMatching(words) }, request_id: expect.any(String) },
      ]);
    }
    const page = await fetch(`${url}/targets/prod`, { headers: { ...bearer, accept: "text/html" } });
    expect(page.status).toBe(503);
    const text = (await page.text()).replaceAll("&#39;", "'").replaceAll("&quot;", '"');
    expect(text).toMatch(/<h1>Store damaged<\/h1>/);
    expect(text).toMatch(words);
  });

  test("of one target's status hides no other target, and the daemon stays ready", async () => {
    const world = await openDaemonWorld();
    const other = { ...JSON.parse(world.describe()).targets[0], name: "dev" };
    other.control_plane.org = "other";
    const { targets } = JSON.parse(world.describe());
    const { url, until } = await world.start({ file: { targets: [...targets, other] } });
    await until(({ status }) => status.state === "Synced");
    await until(({ status }) => status.reason !== "NotLookedAt", "dev");
    alterStore(world, (file) => file.exec("update target_state set body = '{}' where target = 'dev'"));
    const answer = await fetch(`${url}/api/v1/targets`, { headers: bearer });
    const { targets: shown } = (await answer.json()) as { readonly targets: readonly { readonly status: Status }[] };
    expect(shown).toMatchObject([
      { target: "prod", status: { state: "Synced" } },
      {
        target: "dev",
        status: { reason: "PassFailed", message: expect.stringContaining(`entry of "dev" can't be read`) },
      },
    ]);
    const readiness = await fetch(`${url}/readyz`, { headers: bearer });
    expect([readiness.status, await readiness.json()]).toEqual([
      200,
      { ready: true, problems: [expect.stringContaining(`entry of "dev" can't be read`)] },
    ]);
  });
});

describe("a PostgreSQL", () => {
  test("that only reads, and one that is stopped, are told so, and the daemon goes on once it is back", async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const world = await openDaemonWorld();
    const location = await postgres.makeDatabase();
    world.env.DATABASE_URL = location;
    const file = world.write({ file: { store: { database_url: { env: "DATABASE_URL" } } } });
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.first);
    const seen = observe(daemon);
    const writes = world.served.model.journal.length;
    const name = new URL(location).pathname.slice(1);
    const setReadOnly = (to: "on" | "off") =>
      administer(postgres.url("postgres"), [
        `alter database ${name} set default_transaction_read_only = ${to}`,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      ]);

    await setReadOnly("on");
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await untilTold(daemon, /The store at \S+ can't be used: .*read-only transaction/);
    // What can be read is shown.
    expect((await seen.get("/api/v1/targets/prod")).status).toBe(200);
    expect(world.served.model.journal.length).toBe(writes);
    await setReadOnly("off");
    await untilAppliedUnderProbes(daemon, second);
    await untilFit(daemon);

    await postgres.halt();
    const third = world.repository.push({ "queues/any.yaml": queue("any", 3) });
    await untilTold(daemon, /The store at \S+ can't be used: .*(ECONNREFUSED|terminat)/);
    const detail = await seen.get("/api/v1/targets/prod");
    expect([detail.status, await detail.text()]).toEqual([503, expect.stringContaining("can't be used")]);
    const page = await seen.get("/targets/prod", "text/html");
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(await page.text()).toMatch(/<h1>Store unavailable<\/h1>.*The store at \S+ can&#39;t be used: /);
    await postgres.resume();
    await untilAppliedUnderProbes(daemon, third);
    await untilFit(daemon);
    expect(daemon.log.join("\n")).not.toContain(new URL(location).password);
  });
});

describe("a PostgreSQL that is lost while a rollout has a cluster out of service", () => {
  test("leaves what is known of the target in the list, on its page and in the metrics, with what is out of service, though nobody asked before", async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const world = await openDaemonWorld();
    world.env.DATABASE_URL = await postgres.makeDatabase();
    const settings = { policy: { auto_apply: "all" }, file: { store: { database_url: { env: "DATABASE_URL" } } } };
    const before = await world.start(settings);
    await before.untilApplied(world.first);
    await before.daemon.stop();
    await world.setWork("c1", 1);
    world.repository.push(MOVE);
    const daemon = await startProcess(world, world.write(settings));
    await waitFor(
      () => daemon.log.some((line) => line.includes("WorkInFlight")),
      () => daemon.log.join("\n"),
    );
    await postgres.halt();

    const seen = observe(daemon);
    await waitFor(
      async () => !(await seen.isReady()),
      () => daemon.log.join("\n"),
    );
    const { reason, message } = await seen.status();
    expect(reason).toBe("StoreUnavailable");
    expect(message).toMatch(
      /The last recorded status is Waiting \(WorkInFlight\)\. Out of service until then: cluster\.c1\.$/,
    );
    const { code, stdout, stderr } = await runInProcess(
      ["targets", "--server", daemon.url, "--server-token", TOKENS.operate],
      homeIn(world.folder),
      world.folder,
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ {2}prod +Inconclusive +StoreUnavailable /m);
    expect(stdout).toContain("Out of service until then: cluster.c1.");
    expect(stdout).toMatch(/^ {2}The next commands are left out: GET \/api\/v1\/next .*can't be used/m);
    const page = await seen.get("/targets/prod", "*/*");
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(await page.text()).toMatch(
      /<h1>Store unavailable<\/h1>.*Out of service until then: cluster\.c1\..*StoreUnavailable/s,
    );
    const metrics = await (await seen.get("/metrics")).text();
    expect(metrics).toMatch(/^poolkeeper_target_state\{target="prod",state="Inconclusive"\} 1$/m);
    expect(metrics).toMatch(/^poolkeeper_waiting_steps\{target="prod"\} 1$/m);
  });
});

describe("a PostgreSQL that answers nothing while its connections stay open", () => {
  test("is told within seconds by probes, statuses, metrics and the API, and the daemon goes on once it answers", async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const world = await openDaemonWorld();
    world.env.DATABASE_URL = await postgres.makeDatabase();
    const file = world.write({ file: { store: { database_url: { env: "DATABASE_URL" } } } });
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.first);
    // Metrics of a target are those that were read last.
    await observe(daemon).isUp();
    postgres.freeze(true);
    onTestFinished(() => postgres.freeze(false));
    // Not the words of a query or a connection that ran into its own, much longer, limit.
    await untilTold(daemon, /The store at \S+ can't be used: it did not answer within 3 seconds/);
    postgres.freeze(false);
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await untilAppliedUnderProbes(daemon, second);
    await untilFit(daemon);
  });
});

describe("the requests for passes in PostgreSQL", () => {
  test("that can't be read are said to be so, and tables that were dropped are made again", async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const world = await openDaemonWorld();
    const location = await postgres.makeDatabase();
    world.env.DATABASE_URL = location;
    const file = world.write({ file: { store: { database_url: { env: "DATABASE_URL" } } } });
    const daemon = await startProcess(world, file);
    await daemon.untilApplied(world.first);
    const vacuum = new Client({ connectionString: location });
    await vacuum.connect();
    onTestFinished(() => vacuum.end());
    await vacuum.query("begin; lock table poolkeeper_jobs.job in access exclusive mode");
    await untilTold(daemon, /The store at \S+ can't be used: it did not answer within 3 seconds/);
    await vacuum.query("rollback");
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await untilAppliedUnderProbes(daemon, second);
    await untilFit(daemon);
    await vacuum.query("drop schema poolkeeper_jobs cascade");
    const third = world.repository.push({ "queues/any.yaml": queue("any", 3) });
    await untilAppliedUnderProbes(daemon, third);
    await untilFit(daemon);
  });
});

/** As another program would, beside the daemon. */
function alterStore({ folder }: DaemonWorld, alter: (file: DatabaseSync) => void): void {
  const file = new DatabaseSync(join(folder, "data", "poolkeeper.sqlite"));
  alter(file);
  file.close();
}

async function administer(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

test("an empty store in place of a lost one registers no cluster beside one of a generated name, until the manifest declares that", async () => {
  const world = await openDaemonWorld(undefined, "2026-07");
  const first = await world.start({ policy: { auto_apply: "all" } });
  await first.untilApplied(world.first);
  const inPb = queue("training", 1, ["c1"]).replace("cluster_pool: pa", "cluster_pool: pb");
  await first.untilApplied(await first.push({ "clusters/c1.yaml": cluster("c1", "pb"), "queues/training.yaml": inPb }));
  await first.daemon.stop();
  const daemon = await world.start({ policy: { auto_apply: "update" }, file: { store: { directory: "./empty" } } });
  const { status } = await daemon.until(({ last_pass }) => last_pass !== null);
  const routes = () => world.served.model.state.queue.rows.get("training")?.spec.clusters;
  const clusters = () => [...world.served.model.state.cluster.rows.keys()].sort();
  expect(status).toMatchObject({ state: "Failed", message: expect.stringContaining("registration.name: c1-pb") });
  expect([clusters(), routes()]).toEqual([["c1-pb", "c2", "c3"], ["c1-pb"]]);
  const declared = `${cluster("c1", "pb")}registration: { name: c1-pb }\n`;
  await daemon.untilApplied(await daemon.push({ "clusters/c1.yaml": declared }));
  expect([clusters(), routes()]).toEqual([["c1-pb", "c2", "c3"], ["c1-pb"]]);
});
