import { createServer } from "node:net";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectPostgres } from "../../src/store/database/connect-postgres.ts";
import { explainStoreError } from "../../src/store/database/explain-store-error.ts";
import { SOON_MS } from "../set-up/patience.ts";
import { listenOn } from "../systems/control-plane/fixtures/serve.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test("a connection that the server ends between two queries of one who holds it fails the next query, not the process", async () => {
  const url = await server.makeDatabase();
  const [held, other] = [await connectPostgres(url), await connectPostgres(url)];
  try {
    const use = held.db.connection().execute(async (db) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(other.db);
      // The server's last words arrive while nothing is asked.
      await expect.poll(() => countBackends(other.db, rows[0]?.pid)).toBe(0);
      await sql`select 1`.execute(db);
    });
    await expect(use).rejects.toThrow();
    // The socket may end only after the query that the server refused: until then it fails those that follow, too.
    await expect.poll(() => answers(held.db)).toBe(true);
  } finally {
    await held.close();
    await other.close();
  }
});

test("a connection that never answers again is used for one statement, not for those that follow", async () => {
  const url = await server.makeDatabase();
  await (await connectPostgres(url)).close();
  const store = await connectPostgres(url, { statementMs: SOON_MS });
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.db);
  const pid = rows[0]?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  try {
    await expect(sql`select 1`.execute(store.db)).rejects.toThrow("Query read timeout");
    await expect.poll(() => answers(store.db)).toBe(true);
  } finally {
    process.kill(pid, "SIGCONT");
    await store.close();
  }
});

test("a transaction whose connection never answers again fails once, and its connection is not used again", async () => {
  const url = await server.makeDatabase();
  await (await connectPostgres(url)).close();
  const store = await connectPostgres(url, { statementMs: SOON_MS });
  let pid = 0;
  const use = store.db.transaction().execute(async (db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    pid = rows[0]?.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    await sql`select 1`.execute(db);
  });
  try {
    await expect(use).rejects.toThrow("Query read timeout");
    await expect.poll(() => answers(store.db)).toBe(true);
  } finally {
    process.kill(pid, "SIGCONT");
    await store.close();
  }
});

test("a connection that began while the server took no writes is not used again", async () => {
  const url = await server.makeDatabase();
  const [held, other] = [await connectPostgres(url), await connectPostgres(url)];
  const name = new URL(url).pathname.slice(1);
  const write = (db: typeof held.db) => sql`insert into store_migration (version) select -1 where false`.execute(db);
  const setReadOnly = (how: string) => sql.raw(`alter database ${name} set default_transaction_read_only = ${how}`);
  try {
    await sql`select 1`.execute(other.db);
    await setReadOnly("on").execute(other.db);
    const refused = await write(held.db).catch((error: unknown) => error);
    expect(explainStoreError(refused, "db/x")).toMatchObject({
      ...{ code: "store_failed", next: "retry" },
      message:
        "The store at db/x can't be used: it takes no writes (cannot execute INSERT in a read-only transaction), as during a failover or while its disk is full. Check that it is the primary server, and try again.",
    });
    await setReadOnly("off").execute(other.db);
    await write(held.db);
    await expect(held.transact(function* () {})).resolves.toBeUndefined();
  } finally {
    await held.close();
    await other.close();
  }
});

test("tables that another session holds are not upgraded, and the error says who may hold them", async () => {
  const url = await server.makeDatabase();
  const first = await connectPostgres(url);
  await sql`delete from store_migration where version = (select max(version) from store_migration)`.execute(first.db);
  try {
    await first.db.transaction().execute(async (db) => {
      // As pg_dump does.
      await sql`lock table store_migration in access share mode`.execute(db);
      const refused = await connectPostgres(url, { isDaemon: true, lockMs: SOON_MS }).catch((error: unknown) => error);
      expect(explainStoreError(refused, "db/x")).toMatchObject({
        ...{ code: "store_failed", next: "retry" },
        message: expect.stringContaining("another session holds a lock on its tables, such as pg_dump"),
      });
    });
  } finally {
    await first.close();
  }
});

test("a server that takes a login and answers nothing after that is given up", async () => {
  const [login, ready] = ["R\0\0\0\x08\0\0\0\0", "Z\0\0\0\x05I"];
  const frozen = createServer((socket) => socket.once("data", () => socket.write(login + ready, "latin1")));
  const port = await listenOn(frozen);
  const url = `postgres://x@127.0.0.1:${port}/x?sslmode=disable`;
  await expect(connectPostgres(url, { openingMs: SOON_MS })).rejects.toThrow("Query read timeout");
});

test("tables that another session has to itself are not waited for without an end, also where there is nothing to upgrade", async () => {
  const url = await server.makeDatabase();
  const first = await connectPostgres(url);
  try {
    await first.db.transaction().execute(async (db) => {
      await sql`lock table store_migration in access exclusive mode`.execute(db);
      const refused = await connectPostgres(url, { lockMs: SOON_MS }).catch((error: unknown) => error);
      expect(explainStoreError(refused, "db/x").message).toContain("another session holds a lock on its tables");
    });
  } finally {
    await first.close();
  }
});

test("an upgrade by another process is waited for, and that is said", async () => {
  const url = await server.makeDatabase();
  const first = await connectPostgres(url);
  const said = Promise.withResolvers<string>();
  let second: ReturnType<typeof connectPostgres> | undefined;
  try {
    await first.db.transaction().execute(async (db) => {
      await sql`select pg_advisory_xact_lock(7061746573)`.execute(db);
      second = connectPostgres(url, { warn: said.resolve });
      expect(await said.promise).toContain("Another process opens or upgrades the store");
    });
  } finally {
    await (await second)?.close();
    await first.close();
  }
});

test("a replica that freezes in the middle of a transaction keeps nobody else from the rows that it has locked", async () => {
  const url = await server.makeDatabase();
  // The first one makes the tables, and on a busy machine it may be idle for longer than the limit of the other one in between.
  const [other, frozen] = [await connectPostgres(url), await connectPostgres(url, { idleMs: SOON_MS })];
  const thawed = Promise.withResolvers<void>();
  const setTo = (value: string) => sql`update frozen set value = ${value}`;
  try {
    await sql`create table frozen as select 'before' as value`.execute(other.db);
    const locked = Promise.withResolvers<void>();
    const use = frozen.db.transaction().execute(async (db) => {
      await setTo("by the frozen one").execute(db);
      locked.resolve();
      await thawed.promise;
    });
    await locked.promise;
    await setTo("by the other one").execute(other.db);
    thawed.resolve();
    await expect(use).rejects.toThrow();
    const { rows } = await sql<{ value: string }>`select value from frozen`.execute(other.db);
    expect(rows).toEqual([{ value: "by the other one" }]);
  } finally {
    thawed.resolve();
    await frozen.close();
    await other.close();
  }
});

test("a connection on which the limit can't be set is no connection, and the error says why", async () => {
  const url = await server.makeDatabase();
  await expect(connectPostgres(url, { idleMs: -1 })).rejects.toThrow(/idle_in_transaction_session_timeout/);
});

type Database = Parameters<ReturnType<typeof sql>["execute"]>[0];

async function answers(db: Database): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch {
    return false;
  }
}

async function countBackends(db: Database, pid: number | undefined) {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where pid = ${pid}`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}
