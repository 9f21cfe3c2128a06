import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { restoreSnapshot } from "../../src/store/backup/restore-snapshot.ts";
import { connectPostgres } from "../../src/store/database/connect-postgres.ts";
import { readSnapshot } from "../../src/store/database/read-snapshot.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { holdLease } from "../../src/store/leases/hold-lease.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { SOON_MS } from "../set-up/patience.ts";
import { ACME } from "./acme.ts";
import { startPostgres, type TestPostgres } from "./start-postgres.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

type Store = Awaited<ReturnType<typeof connectPostgres>>;

const count = async ({ db }: Store, where: string) => {
  const query = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where ${sql.raw(where)}`;
  return (await query.execute(db)).rows[0]?.n ?? 0;
};

const PAUSE: StoredRow = {
  table: "pause",
  row: {
    ...{ id: "p1", target: "prod", address: null, by: "x", reason: "kept", registered_as: null },
    ...{ at: "2026-01-01T00:00:00.000Z", until: null },
  },
};

async function takeAll(rows: AsyncIterable<StoredRow>): Promise<readonly StoredRow[]> {
  const taken: StoredRow[] = [];
  for await (const row of rows) taken.push(row);
  return taken;
}

async function* giveRows(rows: readonly StoredRow[]): AsyncGenerator<StoredRow> {
  yield* rows;
}

test("an upgrade, a compaction and a restore may take longer than the limit of other statements", async () => {
  // No statement is answered within it.
  const store = await connectPostgres(await server.makeDatabase(), { statementMs: 1 });
  try {
    await store.compact();
    expect(await restoreSnapshot(store, giveRows([PAUSE]), false)).toBe(1);
    expect(await takeAll(readSnapshot(store))).toContainEqual(PAUSE);
  } finally {
    await store.close();
  }
});

test("a compaction locks out no command that starts, also where a session reads what each start reads", async () => {
  const url = await server.makeStore();
  const [reading, store] = [await connectPostgres(url), await connectPostgres(url)];
  const starts = async (isOver: () => boolean) => {
    while (!isOver()) await (await connectPostgres(url, { lockMs: SOON_MS })).close();
  };
  try {
    await reading.db.transaction().execute(async (db) => {
      await sql`select from store_migration`.execute(db);
      let isOver = false;
      const compacted = store.compact().finally(() => {
        isOver = true;
      });
      await Promise.all([compacted, starts(() => isOver)]);
    });
  } finally {
    await store.close();
    await reading.close();
  }
});

test("a statement that is given up ends on the server too", async () => {
  const url = await server.makeStore();
  const [other, store] = [await connectPostgres(url), await connectPostgres(url, { statementMs: SOON_MS })];
  try {
    await expect(sql`select pg_sleep(600)`.execute(store.db)).rejects.toThrow(/timeout/);
    const active = "query like 'select pg_sleep%' and state = 'active'";
    await expect.poll(() => count(other, active)).toBe(0);
  } finally {
    await store.close();
    await other.close();
  }
});

test("a backup whose reader pauses for longer than a transaction may do nothing is whole", async () => {
  const url = await server.makeStore();
  const [other, store] = [await connectPostgres(url), await connectPostgres(url, { idleMs: SOON_MS })];
  try {
    await restoreSnapshot(other, giveRows([PAUSE]), false);
    const rows = readSnapshot(store);
    const first = (await rows.next()).value;
    await sql`select pg_sleep(${SOON_MS / 100})`.execute(other.db);
    expect([first, ...(await takeAll(rows))]).toContainEqual(PAUSE);
  } finally {
    await store.close();
    await other.close();
  }
});

test("a daemon that begins during a restore takes no lease and writes nothing until it is over", async () => {
  const url = await server.makeStore();
  const [watching, restoring] = [await connectPostgres(url), await openDatabase(url)];
  const [daemon, begun, rest] = [await openDatabase(url), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const over: string[] = [];
  async function* rows() {
    yield PAUSE;
    begun.resolve();
    await rest.promise;
  }
  try {
    const restored = restoring.restore(rows(), false);
    await begun.promise;
    const probing = daemon.records.proveWrite().then(() => over.push("probe"));
    const leasing = holdLease(daemon.storeOf(ACME).leases).then(async (held) => {
      over.push("lease");
      await held.release();
    });
    await expect.poll(async () => over.length + (await count(watching, "wait_event_type = 'Lock'"))).toBe(2);
    expect(over).toEqual([]);
    rest.resolve();
    expect(await restored).toBe(1);
    await Promise.all([probing, leasing]);
  } finally {
    rest.resolve();
    await Promise.all([watching.close(), restoring.close(), daemon.close()]);
  }
});
