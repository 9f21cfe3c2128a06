import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

type Stores = "SQLite" | "PostgreSQL";

/** A daemon that has applied everything, whose one target can be renamed. */
async function openNamed(store: Stores = "SQLite", auto_apply = "all") {
  const world = await openDaemonWorld();
  if (store === "PostgreSQL") world.env.DATABASE_URL = await postgres.makeDatabase();
  const file = store === "SQLite" ? {} : { store: { database_url: { env: "DATABASE_URL" } } };
  const settings = (name: string, repository: object = {}) => ({
    ...{ policy: { auto_apply }, repository: { poll: "24h", ...repository }, target: { name }, file },
  });
  const daemon = await world.start(settings("prod"));
  await daemon.untilApplied(world.first);
  const rename = (name: string, repository = {}) => daemon.daemon.reload(world.read(settings(name, repository)));
  return { world, daemon, settings, rename };
}

/** The same, rolled back to its first revision after a `newer` one was applied. */
async function openPinned(store?: Stores) {
  const named = await openNamed(store);
  const { world, daemon } = named;
  const newer = await daemon.push({ "queues/any.yaml": queue("any", 99) });
  await daemon.untilApplied(newer);
  await daemon.send("/targets/prod/reconcile", { revision: world.first });
  await daemon.until(({ status }) => status.reason === "Pinned");
  return { ...named, newer };
}

/** As a user may who may write to the repository, and roll nothing back. */
const MANY = 101;

const runsOf = ({ served }: DaemonWorld) => served.model.state.queue.rows.get("any")?.spec.run_concurrency;

async function actsOf(daemon: RunningDaemon, name: string) {
  const { audit } = await daemon.target(name);
  return audit.filter(({ action }) => action === "take-over").map(({ who, details }) => ({ who, ...details }));
}

describe.each<Stores>(["SQLite", "PostgreSQL"])("with %s", (store) => {
  test("a paused target that a reload renames stays paused, says from where, and is resumed by its new name for good", async () => {
    const { world, daemon, rename } = await openNamed(store);
    await daemon.send("/targets/prod/pause", { reason: "incident 7" });
    await daemon.send("/targets/prod/pause", { reason: "try", address: "queue.any" });
    await daemon.untilState("Paused");
    const revision = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    await rename("production");

    const paused = await daemon.until(({ last_pass }) => last_pass?.revision === revision, "production");
    expect([paused.status.state, paused.status.reason, runsOf(world)]).toEqual(["Paused", "TargetPaused", 1]);
    expect(paused.status.message).toMatch(
      /Paused by operate \(incident 7; taken over from prod, which is not configured any more\) until it is resumed/,
    );
    expect(paused.pauses.map(({ address, by }) => [address, by])).toEqual([
      [null, "operate"],
      ["queue.any", "operate"],
    ]);
    const told = { who: "poolkeeper", from: "prod", by: "operate", until: null };
    expect(await actsOf(daemon, "production")).toEqual([
      expect.objectContaining({ ...told, what: "pause", address: "queue.any", reason: "try" }),
      expect.objectContaining({ ...told, what: "pause", address: null, reason: "incident 7" }),
    ]);
    expect(
      world.log.filter((line) => /production takes over .* of prod, which is not configured/.test(line)),
    ).toHaveLength(2);

    await daemon.send("/targets/production/resume", { address: null });
    const held = await daemon.until(({ status }) => status.reason === "ObjectPaused", "production");
    expect([held.pauses.length, runsOf(world)]).toEqual([1, 1]);
    await daemon.send("/targets/production/resume", { address: "queue.any" });
    await daemon.until(({ status }) => status.state === "Synced", "production");
    expect(runsOf(world)).toBe(2);
    await rename("prod");
    const back = await daemon.reconciled();
    expect([back.status.state, back.pauses]).toEqual(["Synced", []]);
  });

  test("a target that is rolled back stays so when it is renamed, until its new name follows the branch again for good", async () => {
    const { world, daemon, rename, newer } = await openPinned(store);
    await rename("production");

    const pinned = await daemon.until(({ last_pass }) => last_pass !== null, "production");
    expect([pinned.last_pass?.revision, pinned.pinned_revision]).toEqual([world.first, world.first]);
    expect([pinned.status.reason, runsOf(world)]).toEqual(["Pinned", 1]);
    expect(pinned.status.message).toMatch(
      /^Pinned to revision .* as prod was, which is not configured any more: pushed/,
    );
    expect(await actsOf(daemon, "production")).toEqual([
      { who: "poolkeeper", what: "pin", from: "prod", revision: world.first },
    ]);

    await daemon.send("/targets/production/reconcile", { revision: "" });
    await daemon.until(({ applied_revision }) => applied_revision === newer, "production");
    await rename("prod");
    const back = await daemon.reconciled();
    expect([back.last_pass?.revision, back.pinned_revision, runsOf(world)]).toEqual([newer, null, 99]);
  });

  test("a target that is rolled back stays so when it gets a former name back, however often a pass was asked for since", async () => {
    const { world, daemon, rename, newer } = await openPinned(store);
    await daemon.send("/targets/prod/reconcile", { revision: "" });
    await daemon.until(({ applied_revision }) => applied_revision === newer);
    await rename("production");
    await daemon.until(({ last_pass }) => last_pass !== null, "production");
    await daemon.send("/targets/production/reconcile", { revision: world.first });
    await daemon.until(({ status }) => status.reason === "Pinned", "production");
    for (let times = 0; times < MANY; times += 1) await daemon.send("/targets/production/reconcile", {});
    await rename("prod");
    const back = await daemon.reconciled();
    expect([back.pinned_revision, back.status.reason, runsOf(world)]).toEqual([world.first, "Pinned", 1]);
  });
});

test("a target that is rolled back stays so when the address of its repository is written otherwise with its new name", async () => {
  const { world, daemon, rename } = await openPinned();
  await rename("production", { url: `${world.repository.url}/` });
  const pinned = await daemon.until(({ last_pass }) => last_pass !== null, "production");
  expect([pinned.pinned_revision, pinned.status.reason, runsOf(world)]).toEqual([world.first, "Pinned", 1]);
});

/** While the configuration is rolled out, one replica has the target under its former name and one under its new one. */
async function openRollout(auto_apply?: string) {
  const { world, daemon: old, settings } = await openNamed("PostgreSQL", auto_apply);
  const next = await world.start(settings("production"));
  await next.until(({ last_pass }) => last_pass !== null, "production");
  /** Both end, the one with the former name after a pass; one starts with the new configuration. */
  const finish = async () => {
    await old.reconciled();
    await old.daemon.stop();
    await next.daemon.stop();
    const daemon = await world.start(settings("production"));
    return daemon.reconciled("production");
  };
  return { world, old, next, finish };
}

test("a target that was rolled back under its new name stays so, although its former name had passes after that", async () => {
  const { world, old, next, finish } = await openRollout();
  const newer = await old.push({ "queues/any.yaml": queue("any", 99) });
  await next.send("/targets/production/reconcile", {});
  await next.until(({ applied_revision }) => applied_revision === newer, "production");
  await next.send("/targets/production/reconcile", { revision: world.first });
  await next.until(({ status }) => status.reason === "Pinned", "production");
  expect((await finish()).pinned_revision).toBe(world.first);
});

test("what was rejected under both names while the configuration was rolled out stays rejected", async () => {
  const { old, next, finish } = await openRollout("create");
  const reject = async (daemon: RunningDaemon, name: string, reason: string, runs: number) => {
    const revision = await old.push({ "queues/any.yaml": queue("any", runs) });
    await daemon.send(`/targets/${name}/reconcile`, {});
    const { last_pass } = await daemon.until(
      (target) => target.status.state === "AwaitingApproval" && target.last_pass?.revision === revision,
      name,
    );
    const { digest } = last_pass ?? {};
    const { status } = await daemon.send("/rejections", { digest, reason, target: name }, "approve");
    expect(status).toBe(201);
  };
  await reject(next, "production", "not today", 2);
  await reject(old, "prod", "never this", 3);
  expect((await finish()).status.message).toMatch(/approve \(never this\)/);
});

test("a renamed target goes back to the revision that was applied last under its former name without an approval", async () => {
  const { world, daemon, rename } = await openNamed();
  const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
  await daemon.untilApplied(second);
  await rename("production");
  const taken = await daemon.until(({ last_pass }) => last_pass !== null, "production");
  expect([taken.status.state, taken.applied_revision, taken.applied.map(({ revision }) => revision)]).toEqual([
    "Synced",
    second,
    [second],
  ]);
  const third = world.repository.push({ "queues/any.yaml": queue("any", 3) });
  await daemon.send("/targets/production/reconcile", {});
  await daemon.until(({ applied_revision }) => applied_revision === third, "production");
  await daemon.send("/targets/production/reconcile", { revision: second });
  await daemon.until(({ status }) => status.reason === "Pinned", "production");
  expect(runsOf(world)).toBe(2);
});

test("a target that is renamed while the daemon is stopped stays paused, also by what was paused between two renames", async () => {
  const { world, daemon, settings } = await openNamed();
  await daemon.send("/targets/prod/pause", { reason: "incident 7" });
  await daemon.untilState("Paused");
  await daemon.daemon.stop();
  const next = await world.start(settings("production"));
  expect((await next.until(({ last_pass }) => last_pass !== null, "production")).status.state).toBe("Paused");
  await next.send("/targets/production/resume", {});
  await next.until(({ status }) => status.state === "Synced", "production");
  await next.send("/targets/production/pause", { reason: "incident 8" });
  await next.until(({ status }) => status.state === "Paused", "production");
  await next.daemon.stop();
  const last = await world.start(settings("prod"));
  const back = await last.until(({ pauses }) => pauses.length > 0);
  expect(back.pauses.map(({ reason }) => reason)).toEqual([
    "incident 8; taken over from production, which is not configured any more",
  ]);
});

test("what was rejected before a target was renamed is shown as rejected under its new name", async () => {
  const { world, daemon, rename } = await openNamed("SQLite", "create");
  const revision = await daemon.push({ "queues/any.yaml": queue("any", 2) });
  const isAwaited = ({ status }: TargetDetail) => status.state === "AwaitingApproval";
  const digest = (await daemon.until(isAwaited)).last_pass?.digest ?? "";
  const rejected = await daemon.send("/rejections", { digest, reason: "not today" }, "approve");
  expect(rejected).toMatchObject({ status: 201 });
  await rename("production");
  const { last_pass, status } = await daemon.until(isAwaited, "production");
  expect([last_pass?.revision, runsOf(world)]).toEqual([revision, 1]);
  expect(status.message).toMatch(/approve \(not today\)/);
});

test("a target takes over nothing of one that is configured still, nor of one at another control plane", async () => {
  const { world, daemon, settings } = await openNamed();
  await daemon.send("/targets/prod/pause", { reason: "incident 7" });
  await daemon.untilState("Paused");
  const elsewhere = settings("other");
  await daemon.daemon.reload(world.read({ ...elsewhere, control_plane: { org: "beta" } }));
  const { pauses } = await daemon.until(({ last_pass }) => last_pass !== null, "other");
  expect(pauses).toEqual([]);
});
