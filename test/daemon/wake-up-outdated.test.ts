import { Client } from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { makeStoppableClock } from "./make-stoppable-clock.ts";
import { queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { readWrites } from "./read-writes.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** How long a replica is silent until another one takes its target over. */
const SHORT = "3s";

/** A world on a database of its own, with one replica whose time can be stopped, as that of a suspended machine. */
async function openDrill() {
  const world = await openDaemonWorld();
  const url = await postgres.makeDatabase();
  world.env.DATABASE_URL = url;
  const settings = {
    policy: { max_destroy_share: 1, auto_apply: "all" },
    control_plane: { write_timeout: SHORT },
    file: { store: { database_url: { env: "DATABASE_URL" } }, lease: { ttl: SHORT } },
  };
  const database = new Client({ connectionString: url });
  await database.connect();
  onTestFinished(() => database.end());
  const time = makeStoppableClock();
  const sleeper = await world.start(settings, undefined, time.clock);
  await sleeper.untilApplied(world.first);
  return { world, database, time, sleeper, startOther: () => world.start(settings) };
}

test("a replica that was suspended before it took the lease writes nothing of the commit that it had fetched", async () => {
  const { world, time, sleeper, startOther } = await openDrill();
  const held = await world.hold({ method: "ListQueues" });
  await sleeper.push({ "queues/any.yaml": queue("any", 2) });
  await held.arrived();
  time.stop();
  const newer = world.repository.push({ "queues/any.yaml": queue("any", 3) });
  const other = await startOther();
  await other.untilApplied(newer);
  const writes = readWrites(world.served.model);
  await held.release();
  await waitFor(
    async () => (await sleeper.target()).running === null,
    () => world.log.join("\n"),
  );
  expect(readWrites(world.served.model)).toEqual(writes);
  expect((await other.target()).applied_revision).toBe(newer);
  time.goOn();
});

test("a replica that was suspended while it recorded a pass takes back nothing that users decided since", async () => {
  const { world, database, time, sleeper, startOther } = await openDrill();
  // The first pass that is put on record from now on waits there.
  await database.query("select pg_advisory_lock(42)");
  await database.query(`
    create sequence recorded;
    create function wait_for_test() returns trigger language plpgsql as $$
      begin
        if nextval('recorded') = 1 then perform pg_advisory_lock_shared(42); end if;
        return new;
      end $$;
    create trigger wait_for_test before insert on pass_record for each row execute function wait_for_test()`);
  world.repository.push({ "queues/any.yaml": queue("any", 2) });
  await waitFor(
    async () => {
      const waiting = "select from pg_locks where locktype = 'advisory' and objid = 42 and not granted";
      return (await database.query(waiting)).rows.length > 0;
    },
    () => "the pass is not recorded",
  );
  time.stop();
  const other = await startOther();
  await other.send("/targets/prod/reconcile", { revision: world.first }, "approve");
  await other.until(({ pinned_revision }) => pinned_revision === world.first);
  await database.query("select pg_advisory_unlock(42)");
  await waitFor(
    async () => (await sleeper.target()).running === null,
    () => world.log.join("\n"),
  );
  expect((await other.target()).pinned_revision).toBe(world.first);
  await other.reconciled();
  expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(1);
  time.goOn();
});
