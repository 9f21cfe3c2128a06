import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { FILES, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function asAdministrator(...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const CUT = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotated'";

test("a password of the store that was rotated in its file counts for the next connection, but another database needs a restart", async () => {
  const world = await openDaemonWorld();
  const file = join(world.folder, "database-url");
  const write = (password: string, database: string) => {
    const url = new URL(postgres.url(database));
    writeFileSync(file, Object.assign(url, { username: "rotated", password }).href);
  };
  await asAdministrator("create role rotated login password 'first'", "create database rotated owner rotated");
  write("first", "rotated");
  const daemon = await world.start({ policy: { auto_apply: "all" }, file: { store: { database_url: { file } } } });
  await daemon.untilApplied(world.first);
  await asAdministrator("alter role rotated password 'second'", CUT);
  write("second", "rotated");
  await daemon.untilApplied(world.repository.push({ "queues/any.yaml": queue("any", 2) }));
  write("second", "postgres");
  await asAdministrator(CUT);
  const last = await daemon.untilApplied(world.repository.push({ "queues/any.yaml": FILES["queues/any.yaml"] ?? "" }));
  expect(last.applied).toHaveLength(3);
});
