import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, FILES, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const FREEZE = { freeze: { reason: "Release 7" } };

interface Placed {
  readonly endpoint: string;
  readonly policy?: object;
}

/** Where each target is in one configuration. */
type Layout = Readonly<Record<string, Placed>>;

async function serveOther(): Promise<ServedControlPlane> {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => served.close());
  return served;
}

/** A world whose targets all read the same folder, and are looked at only when something asks for it. */
async function openWorld() {
  const world = await openDaemonWorld();
  const folder = join(world.folder, "manifests");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(FILES)) write(path, String(text));
  const read = (layout: Layout) => {
    const targets = Object.entries(layout).map(([name, { endpoint, policy = {} }]) => ({
      ...{ name, policy: { max_destroy_share: 1, ...policy } },
      folder: { path: folder, debounce: "0s", poll: "24h" },
      control_plane: { endpoint, org: "acme", timeout: "5m" },
      drift: { action: "revert", sightings: 1, schedule: null },
    }));
    return world.read({ file: { targets } });
  };
  const start = async (layout: Layout) => {
    const daemon = await world.start({}, () => read(layout));
    for (const name of Object.keys(layout)) await daemon.until(({ status }) => status.state === "Synced", name);
    return daemon;
  };
  return { world, read, start, write };
}

/** Lets `slow` begin a write that is not answered before the test says so. */
async function holdWrite({ world, daemon, write, names }: Writing) {
  const held = await world.hold({ method: "UpdateQueue" });
  write("queues/any.yaml", queue("any", 2));
  for (const name of names) await askFor(daemon, name);
  await held.arrived();
  return { held, before: await daemon.target("slow") };
}

interface Writing {
  readonly world: DaemonWorld;
  readonly daemon: RunningDaemon;
  readonly write: (path: string, text: string) => void;
  /** Of all targets. */
  readonly names: readonly string[];
}

/** Waits until so many configurations were read again and count. */
function untilRead({ log }: DaemonWorld, count = 1): Promise<void> {
  const read = () => log.filter((line) => line.includes("The configuration was reloaded")).length;
  return waitFor(
    () => read() >= count,
    () => `${read()} configurations were read again.`,
  );
}

/** Asks for a pass: whether a folder is watched already is not known. */
async function askFor(daemon: RunningDaemon, name: string): Promise<void> {
  expect(await daemon.send(`/targets/${name}/reconcile`, {})).toMatchObject({ status: 202 });
}

const runsOf = ({ model }: Pick<ServedControlPlane, "model">) =>
  model.state.queue.rows.get("any")?.spec.run_concurrency;

test("a target that writes keeps no other one from its new configuration, and gets its own when its write has ended", async () => {
  const { world, read, start, write } = await openWorld();
  const [light, fresh] = [await serveOther(), await serveOther()];
  const layout = { slow: { endpoint: world.served.url }, light: { endpoint: light.url } };
  const daemon = await start(layout);
  const { held, before } = await holdWrite({ world, daemon, write, names: ["slow", "light"] });
  await waitFor(
    () => runsOf(light) === 2,
    () => "The other target has not followed.",
  );
  const reloading = daemon.daemon.reload(
    read({
      slow: { ...layout.slow, policy: FREEZE },
      light: { ...layout.light, policy: FREEZE },
      fresh: { endpoint: fresh.url },
    }),
  );
  await untilRead(world);
  write("queues/any.yaml", queue("any", 3));
  await askFor(daemon, "light");
  const { status } = await daemon.until(({ status }) => status.state === "Paused", "light");
  expect(status.reason).toBe("Frozen");
  await daemon.until(({ status }) => status.state === "Synced", "fresh");
  expect([runsOf(light), await held.count()]).toEqual([2, 1]);
  expect([2, 3]).toContain(runsOf(fresh));
  const during = await daemon.target("slow");
  expect([during.running?.id, during.last_pass?.id]).toEqual([before.running?.id, before.last_pass?.id]);

  await held.release();
  await reloading;
  await daemon.until(({ status, running }) => status.reason === "Frozen" && running === null, "slow");
  expect(runsOf(world.served)).toBe(2);
});

test("of two configurations that come while a target writes the newest counts for it, and the one between was nothing to it", async () => {
  const { world, read, start, write } = await openWorld();
  const light = await serveOther();
  const layout = { slow: { endpoint: world.served.url }, light: { endpoint: light.url } };
  const daemon = await start(layout);
  const { held } = await holdWrite({ world, daemon, write, names: ["slow", "light"] });
  const between = read({ slow: { endpoint: (await serveOther()).url, policy: FREEZE }, light: layout.light });
  const newest = read({ ...layout, light: { ...layout.light, policy: FREEZE } });
  const reloading = [daemon.daemon.reload(between), daemon.daemon.reload(newest)];
  await untilRead(world, 2);
  write("queues/any.yaml", queue("any", 4));
  await askFor(daemon, "light");
  await daemon.until(({ status }) => status.reason === "Frozen", "light");
  expect(await held.count()).toBe(1);
  await held.release();
  await Promise.all(reloading);
  await daemon.until(({ status, running }) => status.state === "Synced" && running === null, "slow");
  await waitFor(
    () => runsOf(world.served) === 4,
    () => "The newest configuration was not applied.",
  );
});

test("a target that was removed ends after its write; until then nobody else takes up its control plane", async () => {
  const { world, read, start, write } = await openWorld();
  const [light, former] = [await serveOther(), await serveOther()];
  const daemon = await start({
    slow: { endpoint: world.served.url },
    light: { endpoint: light.url },
    heir: { endpoint: former.url },
  });
  const { held } = await holdWrite({ world, daemon, write, names: ["slow", "light", "heir"] });
  for (const served of [light, former]) {
    await waitFor(
      () => runsOf(served) === 2,
      () => "The other targets have not followed.",
    );
  }
  const heir = await daemon.until(({ running, status }) => running === null && status.state === "Synced", "heir");
  const reloading = daemon.daemon.reload(
    read({ light: { endpoint: light.url, policy: FREEZE }, heir: { endpoint: world.served.url } }),
  );
  await untilRead(world);
  write("queues/any.yaml", queue("any", 3));
  await askFor(daemon, "light");
  await daemon.until(({ status }) => status.reason === "Frozen", "light");
  const waiting = await daemon.target("heir");
  expect([waiting.running, waiting.last_pass?.id, runsOf(former)]).toEqual([null, heir.last_pass?.id, 2]);

  await held.release();
  await reloading;
  expect((await fetch(`${daemon.url}/api/v1/targets/slow`)).status).toBe(404);
  await daemon.until(({ last_pass, running }) => last_pass?.id !== heir.last_pass?.id && running === null, "heir");
  expect(runsOf(former)).toBe(2);
  expect([2, 3]).toContain(runsOf(world.served));
});

test("two targets that change places go on when both are at rest", async () => {
  const { world, read, start, write } = await openWorld();
  const other = await serveOther();
  const [here, there] = [{ endpoint: world.served.url }, { endpoint: other.url }];
  const daemon = await start({ slow: here, light: there });
  const { held } = await holdWrite({ world, daemon, write, names: ["slow", "light"] });
  await daemon.until(({ running }) => running === null, "light");
  const reloading = daemon.daemon.reload(read({ slow: there, light: here }));
  await untilRead(world);
  await held.release();
  await reloading;
  for (const name of ["slow", "light"]) {
    expect((await daemon.reconciled(name)).status.state).toBe("Synced");
  }
  expect([runsOf(world.served), runsOf(other)]).toEqual([2, 2]);
});

test("decisions are judged by the configuration that counts: until it is taken up, none is taken, and a new one is waited for", async () => {
  const { world, read, start, write } = await openWorld();
  const daemon = await start({ slow: { endpoint: world.served.url } });
  write("clusters/c1.yaml", cluster("c1", "pb"));
  await askFor(daemon, "slow");
  const { last_pass } = await daemon.until(({ status }) => status.state === "AwaitingApproval", "slow");
  const { held } = await holdWrite({ world, daemon, write, names: ["slow"] });
  const others = { approval: { approvers: ["other"] } };
  const reloading = daemon.daemon.reload(read({ slow: { endpoint: world.served.url, policy: others } }));
  await untilRead(world);
  const decision = { digest: last_pass?.digest, target: "slow" };
  for (const [path, more] of [
    ["approvals", {}],
    ["rejections", { reason: "no" }],
  ] as const) {
    const answer = await fetch(`${daemon.url}/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKENS.approve}`, "content-type": "application/json" },
      body: JSON.stringify({ ...decision, ...more }),
    });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining("slow") } });
  }
  const headers = { authorization: `Bearer ${TOKENS.approve}` };
  const offered = await fetch(`${daemon.url}/api/v1/plans/${last_pass?.digest}/approval?target=slow`, { headers });
  expect(await offered.json()).toMatchObject({ refused: { approve: { code: "unavailable" } }, command: null });
  expect((await daemon.target("slow")).approvals).toEqual([]);

  await held.release();
  await reloading;
  await daemon.until(({ status, running }) => status.state === "AwaitingApproval" && running === null, "slow");
  expect(await daemon.send("/rejections", { ...decision, reason: "no" }, "approve")).toMatchObject({ status: 403 });
});
