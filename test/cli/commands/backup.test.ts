import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "kysely";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runBackup, runRestore } from "../../../src/cli/commands/backup.ts";
import { sealFiles } from "../../../src/sealing/seal-files.ts";
import { connectSqlite } from "../../../src/store/database/connect-sqlite.ts";
import { holdLease } from "../../../src/store/leases/hold-lease.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { ACME } from "../../store/acme.ts";
import { makeChange } from "../../store/make-change.ts";
import { makeKeptPlan } from "../../store/make-kept-plan.ts";
import { makeOwnedQueue } from "../../store/make-owned-queue.ts";
import { makeGroupRecord, makeReviewRecord, writeState } from "../../store/make-records.ts";
import { startPostgres, type TestPostgres } from "../../store/start-postgres.ts";
import { startTaker } from "../../store/start-taker.ts";
import { writable } from "../../store/writable.ts";

const AT = "2026-11-01T12:00:00.000Z";
let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function open(location: string, options?: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(location, options);
  onTestFinished(() => database.close());
  return database;
}

test("a transaction that SQLite has rolled back by itself ends with what it failed at", async () => {
  const connection = await connectSqlite(makeTemporaryFolder(), Date.now, false);
  onTestFinished(() => connection.close());
  const add = connection.db.transaction().execute(async (db) => {
    // As it does on a full disk.
    const insert = sql`insert or rollback into change_count (org, endpoint, last) values ('o', 'e', 1), ('o', 'e', 2)`;
    await insert.execute(db);
  });
  await expect(add).rejects.toThrow("UNIQUE constraint failed");
});

/** Something in every table, more than a page in some. */
async function fill({ records, storeOf }: Database): Promise<void> {
  const own = storeOf(ACME);
  const store = await writable(own);
  await own.rememberSensitive({ "settings.acme": ["labels.*"], flyte_clusters: ["=extra.dsn"] });
  for (let index = 0; index < 250; index += 1) await store.recordOwned(makeOwnedQueue(`größer ${index}`));
  const entry = {
    ...({ run_id: "1", step_id: "s", address: "queue.a", physical_name: "a", op: "o" } as const),
    ...{ phase: null, body: null },
    wrote: { kind: "queue", set: { state: "drained" } },
    at: AT,
  } as const;
  await store.recordOutcome(await store.recordIntent(entry, makeChange()), "confirmed");
  await own.settleChanges();
  await own.vaultKey();
  await records.noteSealing({ rules: 1, patterns: ["*note"], own: {} });
  const sealing = { rules: 1, patterns: [], own: {} };
  await store.sealLedger({ target: "prod", sealing, isWhole: true, seal: sealFiles });
  const status = { state: "Synced", reason: "NothingToDo", message: "", since: AT } as const;
  await writeState(records, {
    ...{ target: "prod", status, last_pass: null, applied_revision: null, good_revision: null, pinned_revision: null },
    ...{ last_success_at: null, failures: 0, drift_since: null, updated_at: AT },
    ...{ looked_at: AT, drifted: [], contests: [], objects: [], unreachable: [], begun: null },
  });
  await records.writeSightings("prod", [{ address: "queue.a", difference: "x", first_at: AT, count: 1 }]);
  const pass = { target: "prod", trigger: "push", started_at: AT, ended_at: AT, revision: null, digest: null } as const;
  for (let id = 0; id < 12; id += 1) await records.recordPass({ ...pass, id: String(id), outcome: { kind: "synced" } });
  const act = (id: string) => ({ id, at: AT, target: "prod", who: "ada", via: "cli", action: "act", details: {} });
  await records.addRequest({ id: "1", target: "prod", by: "ada", at: AT, destination: { kind: "stay" } }, act("2"));
  for (let id = 10; id < 21; id += 1)
    await records.keepPlan(makeKeptPlan({ digest: `${id}`.repeat(32), bytes: 100_000 }));
  const approval = {
    ...{ id: "1", target: "prod", digest: "d", revision: null, by: "ada", via: "cli", at: AT, expires_at: AT },
    ...{ overrides: ["window"], state: "open" as const },
  };
  await records.addApproval(approval, act("3"));
  const pause = {
    id: "1",
    target: "prod",
    address: null,
    registered_as: null,
    by: "ada",
    reason: 'a "quoted"\nline',
    at: AT,
    until: null,
  };
  await records.addPause(pause, act("4"));
  const applied = { target: "prod", revision: "a", at: AT, digest: "d", pass: "1", approval: null, place: "main:" };
  await records.recordApplied(applied, act("5"));
  await records.addAudit({
    id: "1",
    at: AT,
    target: null,
    who: "ada",
    via: "cli",
    action: "reload",
    details: { a: [1] },
  });
  await records.addOutbox(
    [{ id: "1", receiver: "chat", key: "k", body: "{}", attempts: 0, due_at: AT }],
    [{ target: "prod", type: "failed", subject: "", serial: 1, since: AT, ended_at: null }],
  );
  await records.writeReview(makeReviewRecord(), null);
  await records.noteShown("prod", "github x#1", { digest: "a".repeat(64), effects: ["cluster.a 0"], author: "mona" });
  await records.writeGroup(makeGroupRecord());
  const requests = [{ number: 7, author: "mona" }];
  await records.writeAuthors({ target: "prod", from: "a", revisions: ["b"], requests });
  await records.noteRequestsTrouble("prod", { code: "forge_refused", message: "No.", nextMs: 60_000 });
  const told = { place: "gitea acme/pools on git.example.com", comment: "1", written: AT, number: 7, by: "ada" };
  await records.noteReported({ ...told, said: "poolkeeper reject", at: AT });
  await records.takeDelivery("1", null);
  await records.endSession("1", AT);
  await records.endSessions("t", act("6"));
}

async function listRows(database: Database): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const { table, row } of database.snapshot())
    rows.push(`${table} ${JSON.stringify(Object.entries(row).sort())}`);
  // Each database sorts text in its own way.
  return rows.sort();
}

/**
 * Rows as a restore brings them back: numbers of the change log move on, nothing is asked for any more, what the journal says of values
 * that were written is no mark of ours any more, and what is owned is unconfirmed.
 */
const asRestored = (rows: readonly string[]) =>
  rows
    .filter((row) => !/^(change_count|pass_request) /.test(row))
    .map((row) =>
      row.startsWith("journal_entry ")
        ? row.replace(/\["wrote",(null|"(\\.|[^"\\])*")\]/, '["wrote"]')
        : row.replace(/^(owned_object .*\["unconfirmed",)[01]/, "$1"),
    );

/** A store in a directory with something in every table, and its backup. */
async function openScene() {
  const folder = makeTemporaryFolder();
  const [location, file] = [join(folder, "store"), join(folder, "store.jsonl.gz")];
  const database = await open(location);
  await fill(database);
  await runBackup({ file, store: location });
  return { folder, location, file, database, rows: await listRows(database) };
}

const codeOf = (work: Promise<unknown>) => work.then(String, ({ code }: { code?: string }) => code ?? "no code");

describe("a backup", () => {
  test("goes from a directory to PostgreSQL and back to a directory, and every row of every table is there", async () => {
    const { folder, file, rows } = await openScene();
    const tables = new Set(rows.map((row) => row.split(" ")[0]));
    expect([tables.size, rows.length]).toEqual([31, 307]);
    const url = await server.makeDatabase();
    await runRestore({ file, store: url, force: false });
    expect(asRestored(await listRows(await open(url)))).toEqual(asRestored(rows));
    const back = join(folder, "back.gz");
    await runBackup({ file: back, store: url });
    await runRestore({ file: back, store: join(folder, "again"), force: false });
    expect(asRestored(await listRows(await open(join(folder, "again"))))).toEqual(asRestored(rows));
  });

  test("holds every table that there is but those of versions and leases", async () => {
    const url = await server.makeDatabase();
    await fill(await open(url));
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    await client.end();
    const held = new Set((await listRows(await open(url))).map((row) => row.split(" ")[0]));
    const left = rows.map(({ name }) => name).filter((name) => !held.has(name));
    expect(left.sort()).toEqual(["lease", "store_migration", "store_probe"]);
  });

  test.each(["directory", "PostgreSQL"])("of a %s is of one moment, whoever writes meanwhile", async (kind) => {
    const location = kind === "directory" ? join(makeTemporaryFolder(), "store") : await server.makeDatabase();
    const [database, other] = [await open(location), await open(location)];
    await fill(database);
    const before = await listRows(database);
    const rows: string[] = [];
    for await (const { table } of database.snapshot()) {
      // A table that comes later.
      if (rows.length === 0) await other.records.takeDelivery("2", null);
      rows.push(table);
    }
    expect([rows.length, (await listRows(database)).length]).toEqual([before.length, before.length + 1]);
  });

  test("is for its owner alone, replaces an older one, and leaves nothing else", async () => {
    const { folder, file, location } = await openScene();
    await runBackup({ file, store: location });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(["store", "store.jsonl.gz"]);
    const [header] = gunzipSync(readFileSync(file)).toString().split("\n");
    expect(JSON.parse(header ?? "")).toMatchObject({
      format: "poolkeeper-backup",
      format_version: 2,
      store_version: 46,
    });
  });

  test("takes away what backups that were killed have left, and not what one writes now", async () => {
    const { folder, file, location } = await openScene();
    const [old, now] = [".nightly.gz.0123456789ab.poolkeeper-tmp", ".other.gz.ba9876543210.poolkeeper-tmp"];
    for (const name of [old, now, ".mine.poolkeeper-tmp"]) writeFileSync(join(folder, name), "");
    const long = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [old, ".mine.poolkeeper-tmp"]) utimesSync(join(folder, name), long, long);
    await runBackup({ file, store: location });
    expect(readdirSync(folder).sort()).toEqual([".mine.poolkeeper-tmp", now, "store", "store.jsonl.gz"]);
  });

  test("that can't be written says so and leaves what was there; a store that is not there is no empty one", async () => {
    const { folder, file, location } = await openScene();
    const before = readFileSync(file);
    expect(await codeOf(runBackup({ file: join(folder, "missing", "x.gz"), store: location }))).toBe("unwritable_file");
    expect(await codeOf(runBackup({ file: join(folder, "store"), store: location }))).toBe("unwritable_file");
    expect(await codeOf(runBackup({ file, store: join(folder, "nowhere") }))).toBe("no_store");
    expect(readdirSync(folder).sort()).toEqual(["store", "store.jsonl.gz"]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe("to restore", () => {
  test("into a store that is not empty is refused; with force it takes the place of what was there, but not of leases", async () => {
    const { location, file, database, rows } = await openScene();
    const { leases } = database.storeOf(ACME);
    const lease = await holdLease(leases);
    await lease.release();
    await database.records.takeDelivery("later", null);
    expect(await codeOf(runRestore({ file, store: location, force: false }))).toBe("store_not_empty");
    expect(await listRows(database)).toHaveLength(rows.length + 1);
    await runRestore({ file, store: location, force: true });
    expect(asRestored(await listRows(database))).toEqual(asRestored(rows));
    expect((await holdLease(leases)).record.fencing_number).toBe(lease.record.fencing_number + 1);
  });

  test("says that what was created after the backup has no owner, and how to find it", async () => {
    const { file } = await openScene();
    const folder = makeTemporaryFolder();
    const { code, stderr } = await runInProcess(["restore", file, "--store", join(folder, "store")], {}, folder);
    const made = JSON.parse(gunzipSync(readFileSync(file)).toString().split("\n")[0] ?? "").made_at;
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`Objects that were created after ${made} are not owned: manifests that name them adopt`),
    ]);
    expect(stderr).toContain("Unmanaged");
  });

  test("while someone holds a lease, or a daemon has the directory, is refused even with force", async () => {
    const { location, file, database } = await openScene();
    const lease = await holdLease(database.storeOf(ACME).leases);
    expect(await codeOf(runRestore({ file, store: location, force: true }))).toBe("store_in_use");
    await lease.release();
    const daemon = await openDatabase(location, { exclusive: true });
    expect(await codeOf(runRestore({ file, store: location, force: true }))).toBe("store_in_use");
    await daemon.close();
    expect(await codeOf(runRestore({ file, store: location, force: true }))).toBe("0");
  });

  test("after the writer was killed names it as killed, and says from when on it is possible", async () => {
    const { location, file } = await openScene();
    const taker = await startTaker(location);
    await taker.take();
    const restore = () => runRestore({ file, store: location, force: true });
    const named = `process ${taker.pid} on \\S+`;
    await expect(restore()).rejects.toThrow(new RegExp(`${named} is writing to a control plane\\. Stop it, or wait`));
    await taker.kill();
    await expect(restore()).rejects.toThrow(
      new RegExp(`${named} was killed .*: its last write may still arrive\\. Restore again after 20\\S+Z\\.`),
    );
  });

  test("while daemons run on the database is refused even with force, and says how long after they stopped it is not", async () => {
    const { file } = await openScene();
    const location = await server.makeDatabase();
    const database = await open(location);
    await database.records.takeDelivery("before", null);
    await database.records.proveWrite();
    const refused = runRestore({ file, store: location, force: true });
    await expect(refused).rejects.toMatchObject({
      code: "store_in_use",
      message: expect.stringMatching(/Stop every daemon .* and restore again after 20\S+Z/),
    });
    expect(await listRows(database)).toHaveLength(1);
    const client = new Client({ connectionString: location });
    await client.connect();
    await client.query("update store_probe set at = '2026-11-01T12:00:00.000Z'");
    await client.end();
    expect(await codeOf(runRestore({ file, store: location, force: true }))).toBe("0");
  });

  test.each<readonly [string, (lines: readonly string[]) => string | Buffer]>([
    ["cut off within", (lines) => gzipSync(lines.join("\n")).subarray(0, 2_000)],
    ["without its end", (lines) => gzipSync(lines.slice(0, -1).join("\n"))],
    ["with a row too few", (lines) => gzipSync([...lines.slice(0, 5), ...lines.slice(6)].join("\n"))],
    ["with something behind its end", (lines) => gzipSync([...lines, lines[1]].join("\n"))],
    ["that is not JSON", (lines) => gzipSync([...lines.slice(0, 5), "{", ...lines.slice(6)].join("\n"))],
    [
      "with a table that is not kept",
      (lines) => gzipSync([lines[0], '{"table":"lease","row":{"id":"1"}}', ""].join("\n")),
    ],
    [
      "with a column that is no name",
      (lines) => gzipSync([lines[0], '{"table":"pause","row":{"id\\"":"1"}}', ""].join("\n")),
    ],
    [
      "of another store's version",
      (lines) =>
        gzipSync([lines[0]?.replace(/"store_version":\d+/, '"store_version":99'), ...lines.slice(1)].join("\n")),
    ],
    [
      "in which a value was changed",
      (lines) => gzipSync([...lines.map((line) => line.replace("größer 7", "größer 8")), ""].join("\n")),
    ],
    [
      "in which two rows changed places",
      (lines) => gzipSync([lines[0], lines[2], lines[1], ...lines.slice(3), ""].join("\n")),
    ],
    [
      "that says to be of the format without a checksum",
      (lines) =>
        gzipSync(
          [
            lines[0]?.replace('"format_version":2', '"format_version":1'),
            ...lines.slice(1, -1),
            `{"rows":${lines.length - 2}}`,
          ].join("\n"),
        ),
    ],
    ["that is something else", () => "notes"],
    ["that is another program's", () => gzipSync('{"format":"other"}\n')],
  ])("from a file %s changes nothing", async (_what, damage) => {
    const { location, file, database, rows } = await openScene();
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
    writeFileSync(file, damage(lines));
    expect(await codeOf(runRestore({ file, store: location, force: true }))).toBe("backup_unreadable");
    expect(await listRows(database)).toEqual(rows);
  });

  /** A backup with a right end, as one that another program makes: its rows are `[table, row]`. */
  function makeBackup(head: object, rows: readonly (readonly [table: string, row: object])[]): Buffer {
    const lines = [head, ...rows.map(([table, row]) => ({ table, row }))].map((line) => `${JSON.stringify(line)}\n`);
    const sha256 = createHash("sha256").update(lines.join("")).digest("hex");
    return gzipSync(`${lines.join("")}${JSON.stringify({ rows: rows.length, sha256 })}\n`);
  }

  const COUNT = { org: "o", endpoint: "e", last: 1 };
  test.each<readonly [string, object, readonly (readonly [string, object])[], RegExp]>([
    [
      "with a column that its table has not",
      {},
      [["change_count", { ...COUNT, lost: 1 }]],
      /table change_count .*lost/,
    ],
    ["without a column of its table", {}, [["change_count", { org: "o", last: 1 }]], /table change_count .*endpoint/],
    ["with a row twice", {}, [COUNT, COUNT].map((row) => ["change_count", row]), /table change_count .*change_count/],
    [
      "with an entry that is no JSON",
      {},
      [["target_state", { target: "prod", body: "{" }]],
      /its entry of "prod" can't/,
    ],
    [
      "of a later format",
      { format_version: 9 },
      [],
      /it has format 9, and this release reads format 2\. Restore it with/,
    ],
  ])("from a file %s names what is wrong in it, and changes nothing", async (_what, differs, given, words) => {
    const { file, database, rows, location } = await openScene();
    const [head = ""] = gunzipSync(readFileSync(file)).toString().split("\n");
    writeFileSync(file, makeBackup({ ...JSON.parse(head), ...differs }, given));
    const told = { code: "backup_unreadable", message: expect.stringMatching(words) };
    await expect(runRestore({ file, store: location, force: true })).rejects.toMatchObject(told);
    expect(await listRows(database)).toEqual(rows);
    await expect(runRestore({ file, store: await server.makeDatabase(), force: true })).rejects.toMatchObject(told);
  });

  test("from a file that is not there changes nothing", async () => {
    const { folder, location } = await openScene();
    const work = runRestore({ file: join(folder, "missing.gz"), store: location, force: true });
    await expect(work).rejects.toMatchObject({
      code: "backup_unreadable",
      message: expect.stringContaining("missing.gz"),
    });
  });
});
