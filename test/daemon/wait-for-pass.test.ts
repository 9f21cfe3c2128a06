import { afterAll, beforeAll, expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test("a requested pass is waited for, and not one that another replica had under way", async () => {
  const world = await openDaemonWorld();
  world.env.DATABASE_URL = await postgres.makeDatabase();
  const file = { store: { database_url: { env: "DATABASE_URL" } } };
  const replicas = [await world.start({ file }), await world.start({ file })];
  await Promise.all(replicas.map((replica) => replica.untilApplied(world.first)));
  // The pass that follows what was applied would be the one that is held.
  await replicas[0]?.reconciled();
  const held = await world.hold({ method: "ListQueues" });
  const earlier = world.repository.push({ "queues/any.yaml": queue("any", 2) });
  await held.arrived();
  const targets = await Promise.all(replicas.map((replica) => replica.target()));
  const idle = replicas[targets.findIndex(({ running }) => running === null)] ?? expect.fail("both have a pass");
  const newest = world.repository.push({ "queues/any.yaml": queue("any", 3) });
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: idle.url, POOLKEEPER_SERVER_TOKEN: TOKENS.operate };
  const waiting = runInProcess(["reconcile", "prod", "--wait", "--json"], env, world.folder);
  await waitFor(
    async () => (await idle.target()).audit.some(({ action }) => action === "reconcile"),
    () => "the pass is not requested",
  );
  await held.release();
  const { code, stdout } = await waiting;
  expect([code, JSON.parse(stdout).pass.revision]).toEqual([0, newest]);
  const { passes } = await idle.target();
  expect(passes.map(({ revision }) => revision)).toContain(earlier);
});
