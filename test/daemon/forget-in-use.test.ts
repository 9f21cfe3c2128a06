import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { homeIn, startProgram } from "../cli/run-program.ts";
import { flyteClusters } from "../cli/systems.ts";
import { startPostgres } from "../store/start-postgres.ts";
import { startTaker } from "../store/start-taker.ts";
import { cluster } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const STORES = ["SQLite", "PostgreSQL"] as const;

/** A world whose daemon has that store, and the command beside it. */
async function openWorld(store: (typeof STORES)[number]) {
  const world = await openDaemonWorld();
  const isDatabase = store === "PostgreSQL";
  const postgres = isDatabase ? await startPostgres() : null;
  if (postgres !== null) onTestFinished(() => postgres.stop());
  const location = postgres === null ? join(world.folder, "data") : await postgres.makeDatabase();
  Object.assign(world.env, { DATABASE_URL: location });
  const file = isDatabase ? { store: { database_url: { env: "DATABASE_URL" } } } : {};
  const forget = (place: string) => {
    const args = ["forget", place, "--auto-approve", "--store", location];
    return startProgram(args, homeIn(world.folder), world.folder).ended;
  };
  return { world, location, file, forget };
}

test.each(STORES)(
  "a control plane that a target has is not forgotten during its rollout, which finishes (%s)",
  async (store) => {
    const { world, file, forget } = await openWorld(store);
    const settings = { policy: { max_destroy_share: 1, auto_apply: "all" }, drift: { action: "report" }, file };
    const daemon = await world.start(settings);
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 1);
    const moved = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pb") });
    await daemon.untilState("Waiting", moved);
    for (const place of [world.served.url, `${world.served.url} (organization acme)`]) {
      const { code, stderr } = await forget(place);
      expect(code).toBe(1);
      expect(stderr).toMatch(/target prod .*Give prod another/s);
      expect(stderr).not.toContain("On record at");
    }
    await world.setWork("c1", 0);
    await daemon.untilApplied(moved);
    expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pb", state: "active" });
  },
);

test.each(STORES)("a control plane is not forgotten while a run holds its lease (%s)", async (store) => {
  const { world, location, file, forget } = await openWorld(store);
  const usual = { policy: { auto_apply: "all" }, file };
  const daemon = await world.start(usual);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  await daemon.untilState("Waiting", await daemon.push({ "queues/any.yaml": null }));
  const former = world.served.url;
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { endpoint: other.url } }));
  await daemon.until(({ status }) => status.reason === "LeftBehind");
  const taker = await startTaker(location, { endpoint: former });
  expect(await taker.take()).toMatch(/^took/);
  expect(await forget(former)).toMatchObject({ code: 1, stderr: expect.stringContaining("Another run is writing") });
  await taker.kill();
  expect(await forget(former)).toMatchObject({ code: 0, stderr: expect.stringContaining("Forgotten") });
});

test("a place of delivery that a target has is not forgotten", async () => {
  const { world, file, forget } = await openWorld("SQLite");
  const [place, next] = ["one", "two"].map((name) => join(realpathSync(world.folder), name));
  for (const folder of [place, next]) mkdirSync(folder ?? "");
  const files = { "flyte-clusters/flyte.yaml": flyteClusters("c1") };
  const usual = { policy: { auto_apply: "all" }, file };
  const daemon = await world.start({ ...usual, control_plane: { deliver: place } });
  await daemon.untilApplied(await daemon.push(files));
  const { code, stderr } = await forget(place ?? "");
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/target prod/) });
  await daemon.daemon.reload(world.read({ ...usual, control_plane: { deliver: next } }));
  const last = (await daemon.target()).last_pass?.id;
  await daemon.until(({ last_pass }) => last_pass?.id !== last);
  expect(await forget(place ?? "")).toMatchObject({ code: 0 });
});
