import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as letOthersRun } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { connectSqlite } from "../../src/store/database/connect-sqlite.ts";
import type { StoreConnection } from "../../src/store/database/store-schema.ts";
import type { StoredRow } from "../../src/store/database/stored-row.ts";
import { createLeaseWatch, createSqlLeases } from "../../src/store/leases/create-sql-leases.ts";
import { createSqlLedger } from "../../src/store/ledger/create-sql-ledger.ts";
import { openDatabase, openStore } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";
import { makeIntent } from "./make-change.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { makeAudit } from "./make-records.ts";
import { writable } from "./writable.ts";

/** More than one answer of this process's own takes. */
const TURNS = 20;

/** Takes the lock on the file of a store as a shell or a backup tool would; gives what releases it. */
function lock(directory: string): () => void {
  const other = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
  onTestFinished(() => other.close());
  other.exec("begin exclusive");
  return () => other.exec("rollback");
}

/** Whether work is still under way after everything else of the process had its turn many times. */
async function isWaiting(work: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const note = () => {
    isOver = true;
  };
  work.then(note, note);
  for (let turn = 0; turn < TURNS; turn += 1) await letOthersRun();
  return !isOver;
}

test("a write waits for a lock of another program, and reads, timers and servers do not wait with it", async () => {
  const directory = makeTemporaryFolder();
  const store = await writable(await openStore(directory, ACME));
  const release = lock(directory);
  const written = store.recordOwned(makeOwnedQueue("a"));
  expect(await isWaiting(written)).toBe(true);
  expect(await store.readOwned()).toEqual([]);
  release();
  await written;
  expect(await store.readOwned()).toHaveLength(1);
  await store.close();
});

test("a lease is taken, renewed and given back once a lock of another program is released", async () => {
  const directory = makeTemporaryFolder();
  const store = await openStore(directory, ACME);
  const holder = { id: "i", host: "h", pid: 1, machine: null, started: null };
  const through = async <Result>(ask: () => Promise<Result>) => {
    const release = lock(directory);
    const asked = ask();
    expect(await isWaiting(asked)).toBe(true);
    release();
    return asked;
  };
  const taken = await through(() => store.leases.acquire({ holder, ttlMs: 60_000, graceMs: 0, insteadOf: null }));
  expect(taken.acquired).toBe(true);
  expect(await through(() => store.leases.renew("i", 60_000, 0))).toBe(true);
  await through(() => store.leases.release("i"));
  expect(await store.leases.read()).toMatchObject({ released: true });
  await store.close();
});

test("a store is opened once a lock of another program is released", async () => {
  const directory = makeTemporaryFolder();
  await (await openStore(directory, ACME)).close();
  const release = lock(directory);
  const opened = openStore(directory, ACME);
  expect(await isWaiting(opened)).toBe(true);
  release();
  await (await opened).close();
});

test("a backup is read beside a lock of another program, and restored once that is released", async () => {
  const [directory, other] = [makeTemporaryFolder(), makeTemporaryFolder()];
  const [from, to] = [await openDatabase(directory), await openDatabase(other)];
  await from.records.addAudit(makeAudit());
  const release = lock(directory);
  const rows: StoredRow[] = [];
  for await (const row of from.snapshot()) rows.push(row);
  expect(rows).not.toEqual([]);
  release();
  const releaseOther = lock(other);
  const restored = to.restore(toAsync(rows), true);
  expect(await isWaiting(restored)).toBe(true);
  releaseOther();
  expect(await restored).toBe(rows.length);
  await Promise.all([from.close(), to.close()]);
});

async function* toAsync(rows: readonly StoredRow[]): AsyncGenerator<StoredRow> {
  yield* rows;
}

test("what is written while one transaction after the other is open is in none of them", async () => {
  const directory = makeTemporaryFolder();
  const { db, close } = await connectSqlite(directory, Date.now, true);
  onTestFinished(close);
  const count = (target: string) => db.insertInto("decision_count").values({ target, last: 1 }).execute();
  const targets = ["a", "b", "c", "d"];
  const first = await db.startTransaction().execute();
  // All of them wait for the same end.
  const asked = targets.map(async (target) => {
    const [transaction] = await Promise.all([db.startTransaction().execute(), count(target)]);
    await transaction.rollback().execute();
  });
  await first.commit().execute();
  await Promise.all(asked);
  const kept = await db.selectFrom("decision_count").select("target").orderBy("target").execute();
  expect(kept.map(({ target }) => target)).toEqual(targets);
});

const HOLDER = { id: "i", host: "h", pid: 1, machine: null, started: null };
test("a write counts as sent when the lock was free, not before the wait", async () => {
  const directory = makeTemporaryFolder();
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  const store = await openStore(directory, ACME, { now: () => now });
  onTestFinished(() => store.close());
  await store.leases.acquire({ holder: HOLDER, ttlMs: 60_000, graceMs: 0, insteadOf: null });
  const ledger = store.under(HOLDER);
  const id = await ledger.recordIntent(makeIntent());
  const release = lock(directory);
  const asked = ledger.recordSent(id, 1_000);
  expect(await isWaiting(asked)).toBe(true);
  now += 5_000;
  release();
  await asked;
  const read = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
  onTestFinished(() => read.close());
  expect(read.prepare("select sent_at from journal_entry").get()).toEqual({ sent_at: "2026-01-01T00:00:05.000Z" });
});

test("a write that is tried again from its beginning, as where SQLite keeps no log, is written", async () => {
  const connection = await connectSqlite(makeTemporaryFolder(), Date.now, true);
  onTestFinished(connection.close);
  const leases = createSqlLeases(connection, { kind: "control_plane", ...ACME }, createLeaseWatch());
  await leases.acquire({ holder: HOLDER, ttlMs: 60_000, graceMs: 0, insteadOf: null });
  const transact: StoreConnection["transact"] = (statements) => {
    // The first try got to its commit, and was refused the lock for that.
    const first = statements();
    while (first.next(1).done !== true);
    return connection.transact(statements);
  };
  const ledger = createSqlLedger({ ...connection, transact }, ACME, HOLDER.id);
  const id = await ledger.recordIntent(makeIntent());
  await ledger.recordOwned(makeOwnedQueue("a"));
  expect(await ledger.readOwned()).toHaveLength(1);
  expect((await ledger.readOpenIntents()).map((open) => open.id)).toEqual([id]);
});
