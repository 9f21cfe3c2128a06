import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { DaemonConfig } from "../../src/model/daemon/daemon-config.ts";
import { listProcesses } from "../set-up/list-processes.ts";
import { type GitServer, serveGit } from "../set-up/serve-git.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon, type Settings } from "./open-daemon-world.ts";

/** A time-out that no test waits for: what hangs until then has to be ended. */
const FOR_EVER = "24h";
/** Without polls: each pass is one that the test asks for. */
const PATIENT = { control_plane: { timeout: FOR_EVER }, repository: { poll: FOR_EVER } } satisfies Settings;

/** What ends what runs: the daemon itself, or a configuration that is read again. */
const ENDS: readonly (readonly [string, (daemon: RunningDaemon, config: DaemonConfig) => Promise<void>])[] = [
  ["a stop", ({ daemon }) => daemon.stop()],
  ["a reload", ({ daemon }, config) => daemon.reload(config)],
];

interface FarWorld {
  readonly world: DaemonWorld & { readonly first: string };
  readonly server: GitServer;
  readonly settings: Settings;
}

/** A world whose repository is behind a server. */
async function openFarWorld(): Promise<FarWorld> {
  const world = await openDaemonWorld();
  const server = await serveGit({ folder: world.folder });
  onTestFinished(() => server.close());
  const repository = { ...PATIENT.repository, url: `${server.url}config.git`, timeout: FOR_EVER };
  return { world, server, settings: { ...PATIENT, repository } };
}

/** The daemon after the end: the same one goes on, or the next one. */
function goOn(world: DaemonWorld, daemon: RunningDaemon, settings: Settings, end: string): Promise<RunningDaemon> {
  return end === "a stop" ? world.start(settings) : Promise.resolve(daemon);
}

function listLocks({ folder }: DaemonWorld): readonly string[] {
  const names = readdirSync(join(folder, "cache", "mirrors"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".lock"));
}

describe.each(ENDS)("%s", (name, end) => {
  test("does not wait for a git server that says nothing, and leaves a mirror that is sound", async () => {
    const { world, server, settings } = await openFarWorld();
    const daemon = await world.start(settings);
    await daemon.untilApplied(world.first);
    server.misbehave({ kind: "silent" });
    const asked = server.requests.length;
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await waitFor(
      () => server.requests.length > asked,
      () => "Nothing was fetched.",
    );
    const before = await daemon.target();
    const later = world.read(settings);
    // The server is silent until after the end: whoever waits for it waits for ever.
    const left = name === "a stop" ? () => listProcesses(server.url) : () => [];
    await end(daemon, later);
    expect([left(), listLocks(world)]).toEqual([[], []]);
    server.misbehave(null);
    const next = await goOn(world, daemon, settings, name);
    if (name === "a reload") await daemon.daemon.reload(later);
    const after = await next.untilApplied(pushed);
    expect(after.passes.map(({ id }) => id)).toContain(before.last_pass?.id);
    expect(after.passes.map(({ outcome }) => outcome.kind)).not.toContain("cancelled");
  });

  test("does not wait for a control plane that says nothing, and what was asked for is done afterwards", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start(PATIENT);
    await daemon.untilApplied(world.first);
    await world.fault({ method: "ListQueues", hang: true });
    await daemon.send("/targets/prod/reconcile", {});
    await daemon.until(({ running }) => running?.step === "read");
    const { last_pass } = await daemon.target();
    await end(daemon, world.read(PATIENT));
    const next = await goOn(world, daemon, PATIENT, name);
    const { status, passes } = await next.until((target) => target.last_pass?.id !== last_pass?.id);
    expect([status.state, passes.map(({ outcome }) => outcome.kind)]).toEqual([
      "Synced",
      expect.not.arrayContaining(["cancelled", "inconclusive"]),
    ]);
  });

  test("waits for the answer of a write", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const held = await world.hold({ method: "UpdateQueue" });
    await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await held.arrived();
    const ended = end(daemon, world.read());
    // It would end without effect if it was given up.
    expect(await held.count()).toBe(1);
    await held.release();
    await ended;
    expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(2);
  });
});

test("an ssh that was begun for a fetch ends with it", async () => {
  const world = await openDaemonWorld();
  const connections: string[] = [];
  const mute = createServer((socket) => connections.push(String(socket.remotePort)));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void mute.close());
  const address = mute.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `ssh://git@127.0.0.1:${port}/config.git`;
  const known = join(world.folder, "poolkeeper.yaml");
  const daemon = await world.start({ repository: { url, timeout: FOR_EVER, known_hosts: known, ssh_key: known } });
  await waitFor(
    () => connections.length > 0,
    () => "Nobody came.",
  );
  await daemon.daemon.stop();
  expect(listProcesses(`-p ${port} git@127.0.0.1`)).toEqual([]);
});
