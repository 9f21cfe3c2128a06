import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isLookDue } from "../../src/daemon/due-look.ts";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { MOVE, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

describe("a secret of the control plane", () => {
  test("that can't be read any more is told by the target's status, and taken up again once it is there", async () => {
    const world = await openDaemonWorld();
    const file = join(world.folder, "token");
    const write = () => writeFileSync(file, "token-of-the-control-plane\n", { mode: 0o600 });
    write();
    const daemon = await world.start({ control_plane: { token: { file: "token" } } });
    await daemon.untilApplied(world.first);
    rmSync(file);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    const { status } = await daemon.untilState("Inconclusive", second);
    expect(status.message).toContain(`the file ${file} can't be read`);
    write();
    await daemon.untilApplied(second);
  });
});

describe("a store's folder that is moved away from under the daemon", () => {
  test("is told at /readyz, nothing is accepted or written meanwhile, and it goes on once the folder is back", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const isReady = async () => (await fetch(`${daemon.url}/readyz`)).status === 200;
    expect(await isReady()).toBe(true);
    const [folder, away] = [join(world.folder, "data"), join(world.folder, "away")];
    renameSync(folder, away);
    const writes = world.served.model.journal.length;
    expect(await isReady()).toBe(false);
    expect((await daemon.send("/targets/prod/pause", { reason: "incident" })).status).toBe(503);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await waitFor(
      () => world.log.some((line) => line.includes("was removed or replaced")),
      () => world.log.join("\n"),
    );
    expect(world.served.model.journal.length).toBe(writes);
    // A mirror of the repository may be made anew there meanwhile.
    const putBack = () => {
      try {
        rmSync(folder, { recursive: true, force: true });
        renameSync(away, folder);
        return true;
      } catch {
        return false;
      }
    };
    await waitFor(putBack, () => folder);
    await waitFor(isReady, () => world.log.join("\n"));
    await daemon.send("/targets/prod/reconcile", {});
    await daemon.untilApplied(second);
  });
});

describe("the log of a store's file that is removed from under the daemon", () => {
  test("takes nothing with it: the daemon warns once and continues, and a crash loses nothing of what it answered", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    rmSync(join(world.folder, "data", "poolkeeper.sqlite-wal"));
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilApplied(second);
    expect((await daemon.send("/targets/prod/pause", { reason: "incident" })).status).toBe(201);
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
    const told = world.log.filter((line) =>
      line.includes("poolkeeper.sqlite-wal of the store was removed or replaced"),
    );
    expect(told).toEqual([expect.stringContaining('"level":"warn"')]);
    // As a kill at this moment leaves it.
    const crashed = join(world.folder, "crashed");
    cpSync(join(world.folder, "data"), crashed, { recursive: true });
    const left = await openDatabase(crashed);
    onTestFinished(() => left.close());
    const applied = (await left.records.readApplied("prod", 1)).map(({ revision }) => revision);
    const pauses = (await left.records.readPauses("prod")).map(({ reason }) => reason);
    expect([applied, pauses]).toEqual([[second], ["incident"]]);
  });
});

describe("another control plane under a target's name", () => {
  test("is brought to the newest revision, though that was carried out on the one before and drift is only reported", async () => {
    const world = await openDaemonWorld();
    const settings = { drift: { action: "report" } };
    const daemon = await world.start(settings);
    await daemon.untilApplied(world.first);
    const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
    onTestFinished(() => other.close());
    await daemon.daemon.reload(world.read({ ...settings, control_plane: { endpoint: other.url } }));
    await daemon.until(() => other.model.state.queue.rows.has("any"));
    await daemon.untilState("Synced");
  });
});

describe("drift that is only reported", () => {
  test("holds neither a revision back from being told as applied, nor an approval open that is used up", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ drift: { action: "report" } });
    await daemon.untilApplied(world.first);
    await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
    await daemon.untilState("OutOfSync");
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    await daemon.approve();
    const { applied, status } = await daemon.until(({ applied_revision }) => applied_revision === moved);
    expect(applied.map(({ revision }) => revision)).toEqual([moved, world.first]);
    expect(status).toMatchObject({ state: "OutOfSync", reason: "Drift" });
    await daemon.until(({ approvals }) => approvals.length === 0);
  });
});

describe("a schedule of looks at drift", () => {
  const drift = {
    action: "report",
    schedule: "0 6 * * *",
    time_zone: "UTC",
    kinds: {},
    sightings: 1,
    seen_for_ms: 0,
    destructive: false,
    contested_after: 5,
    contested_within_ms: 3_600_000,
  };

  test.each([
    ["not come due since the last look", "2026-11-05T06:00:01.000Z", false],
    ["come due since", "2026-11-04T06:00:01.000Z", true],
    ["looked at last in the future, as the clock was set back", "2026-11-06T06:00:01.000Z", true],
  ])("that has %s", (_what, lookedAt, due) => {
    expect(isLookDue({ ...drift, action: "report" }, lookedAt, "2026-11-05T12:00:00.000Z")).toBe(due);
  });
});
