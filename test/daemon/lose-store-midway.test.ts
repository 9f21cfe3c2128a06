import { expect, onTestFinished, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres } from "../store/start-postgres.ts";
import { findWriter } from "./find-writer.ts";
import { MOVE } from "./manifests.ts";
import { observe } from "./observe-store.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const LAST_WRITE = "poolkeeper_applying_last_write_timestamp_seconds";
const IS_APPLYING =
  /A pass is applying since \S+; its last write was at \S+\. Out of service until then: cluster\.c1\.$/;
const LEFT = /The last recorded status is Synced \(NothingToDo\)\. Out of service until then: cluster\.c1\.$/;

test("a PostgreSQL that is lost in the middle of an apply leaves what that drains in status, list, page and metrics, of the replica that applies as what it does now", async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const world = await openDaemonWorld();
  world.env.DATABASE_URL = await postgres.makeDatabase();
  const file = world.write({
    policy: { auto_apply: "all" },
    file: { store: { database_url: { env: "DATABASE_URL" } } },
  });
  const replicas = await Promise.all([startProcess(world, file), startProcess(world, file)]);
  await Promise.all(replicas.map((replica) => replica.untilApplied(world.first)));
  // The cluster is drained, and moves.
  const held = await world.hold({ method: "UpdateCluster", count: 1_000 });
  world.repository.push(MOVE);
  await held.arrived();
  const [writer, other] = await findWriter(replicas);
  const [seen, besides] = [observe(writer), observe(other)];
  const untilUnready = (replica: typeof seen) =>
    waitFor(
      async () => !(await replica.isReady()),
      () => writer.log.join("\n"),
    );

  await postgres.halt();
  await Promise.all([untilUnready(seen), untilUnready(besides)]);
  const { reason, message } = await seen.status();
  expect([reason, message]).toEqual(["StoreUnavailable", expect.stringMatching(IS_APPLYING)]);
  expect(message.match(/Out of service/g)).toHaveLength(1);
  expect(await seen.measure(LAST_WRITE)).toBeGreaterThan(0);
  const asked = ["targets", "--server", writer.url, "--server-token", TOKENS.operate];
  const { stdout } = await runInProcess(asked, homeIn(world.folder), world.folder);
  expect(stdout).toMatch(/A pass is applying since .* Out of service until then: cluster\.c1\./);
  const page = await seen.get("/targets/prod", "text/html");
  expect(await page.text()).toMatch(/A pass is applying since .* Out of service until then: cluster\.c1\./);
  // What another one does by now is not known.
  expect((await besides.status()).message).toMatch(LEFT);
  expect(await besides.measure(LAST_WRITE)).toBe(0);

  await held.release();
  await waitFor(
    async () => (await seen.target()).running === null,
    () => writer.log.join("\n"),
  );
  expect((await seen.status()).message).toMatch(LEFT);
  expect(await seen.measure(LAST_WRITE)).toBe(0);
});
