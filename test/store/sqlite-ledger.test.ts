import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openDatabase, openStore } from "../../src/store/open-store.ts";
import { MOST_KEPT_BYTES } from "../../src/store/records/past-budget.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";
import { describeActs } from "./describe-acts.ts";
import { describeChanges } from "./describe-changes.ts";
import { describeJournal } from "./describe-journal.ts";
import { describeLeases } from "./describe-leases.ts";
import { describeLedger } from "./describe-ledger.ts";
import { describeLongValues } from "./describe-long-values.ts";
import { describeOutbox } from "./describe-outbox.ts";
import { describeRecords } from "./describe-records.ts";
import { describeReports } from "./describe-reports.ts";
import { describeRetention } from "./describe-retention.ts";
import { describeReviewRoom } from "./describe-review-room.ts";
import { describeReviews } from "./describe-reviews.ts";
import { describeSealing } from "./describe-sealing.ts";
import { describeSealingByTarget } from "./describe-sealing-by-target.ts";
import { describeSessions } from "./describe-sessions.ts";
import { describeTakenClusters } from "./describe-taken-clusters.ts";
import { describeTexts } from "./describe-texts.ts";
import { describeTurnedSettings } from "./describe-turned-settings.ts";
import { describeUpgrades } from "./describe-upgrades.ts";
import { makeKeptPlan } from "./make-kept-plan.ts";
import { makeAudit, openRecords } from "./make-records.ts";
import { writable } from "./writable.ts";

const makeStore = async () => join(makeTemporaryFolder(), "store");

describeLedger("SQLite", makeStore);
describeJournal("SQLite", makeStore);

describeChanges("SQLite", makeStore);
describeLongValues("SQLite", makeStore);
describeTakenClusters("SQLite", makeStore);
describeTurnedSettings("SQLite", makeStore);

describeLeases("SQLite", makeStore);

describeRecords("SQLite", makeStore);
describeOutbox("SQLite", makeStore);

describeActs("SQLite", makeStore);

describeReviews("SQLite", makeStore);
describeReviewRoom("SQLite", makeStore);

describeReports("SQLite", makeStore);
describeTexts("SQLite", makeStore);

describeRetention("SQLite", makeStore);

describeSessions("SQLite", makeStore);

describeSealing("SQLite", makeStore);
describeSealingByTarget("SQLite", makeStore);

describeUpgrades("SQLite", makeStore);

describe("a store in a directory", () => {
  test("is read thousands of times in a row, and timers, servers and users have their turns in between", async () => {
    const records = await openRecords(await makeStore());
    await records.readState("prod");
    let turns = 0;
    const next = () => {
      turns += 1;
      turn = setImmediate(next);
    };
    let turn = setImmediate(next);
    for (let count = 0; count < 10_000; count += 1) await records.readState("prod");
    clearImmediate(turn);
    expect(turns).toBeGreaterThan(3);
  });

  test("the directory is made with its parents when it is missing", async () => {
    const ledger = await openStore(join(makeTemporaryFolder(), "a", "b"), ACME);
    expect(await ledger.readOwned()).toEqual([]);
    await ledger.close();
  });

  test("a write that was sent by a clock that ran ahead is not waited for until that time comes", async () => {
    const directory = await makeStore();
    const ahead = await writable(await openStore(directory, ACME, { now: () => Date.now() + 86_400_000 }));
    const intent = {
      run_id: "r",
      step_id: "s",
      address: "queue.q",
      physical_name: "q",
      op: "update",
      phase: null,
    } as const;
    const id = await ahead.recordIntent({ ...intent, body: null, wrote: null, at: "2026-11-01T12:00:00.000Z" });
    await ahead.recordSent(id, 3_600_000);
    expect(await ahead.readUnderWay()).toHaveLength(1);
    await ahead.close();
    const store = await openStore(directory, ACME);
    expect(await store.readUnderWay()).toEqual([]);
    await store.close();
  });

  test("that is moved away or replaced while it is open keeps nothing and answers nothing, until it is back", async () => {
    const folder = makeTemporaryFolder();
    const [directory, away] = [join(folder, "store"), join(folder, "away")];
    const store = await writable(await openStore(directory, ACME));
    const intent = {
      run_id: "r",
      step_id: "s",
      address: "queue.a",
      physical_name: "a",
      op: "update",
      phase: null,
      body: null,
      wrote: null,
    } as const;
    const at = "2026-01-01T00:00:00.000Z";
    const refused = { code: "store_failed", message: expect.stringContaining("was removed or replaced") };
    const expectRefused = async () => {
      await expect(store.recordIntent({ ...intent, at })).rejects.toMatchObject(refused);
      await expect(store.readOwned()).rejects.toMatchObject(refused);
    };
    renameSync(directory, away);
    await expectRefused();
    const another = await openStore(directory, ACME);
    await expectRefused();
    expect(await another.readOpenIntents()).toEqual([]);
    await another.close();
    rmSync(directory, { recursive: true });
    renameSync(away, directory);
    await store.recordIntent({ ...intent, at });
    expect(await store.readOpenIntents()).toHaveLength(1);
    await store.close();
  });

  test("files do not grow with what is replaced, and a large write does not leave a large log", async () => {
    const directory = makeTemporaryFolder();
    const database = await openDatabase(directory);
    const sizes: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      for (const letter of ["a", "b", "c", "d"]) {
        const plan = makeKeptPlan({ digest: letter.repeat(64), bytes: MOST_KEPT_BYTES / 3 });
        await database.records.keepPlan({ ...plan, revision: `${turn}` });
      }
      await database.records.addAudit(makeAudit());
      sizes.push(readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0));
    }
    await database.close();
    expect(Math.max(...sizes)).toBeLessThan(2 * MOST_KEPT_BYTES);
  });

  test("a writer killed at any moment has lost nothing that was acknowledged", async () => {
    const directory = makeTemporaryFolder();
    const script = join(import.meta.dirname, "write-owned-queues.ts");
    const writer = spawn(process.execPath, [script, directory, "w", "100000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const acknowledged: string[] = [];
    for await (const line of createInterface(writer.stdout)) {
      acknowledged.push(`queue.${line}`);
      if (acknowledged.length === 200) break;
    }
    writer.kill("SIGKILL");
    await once(writer, "exit");
    const ledger = await openStore(directory, ACME);
    const owned = new Set((await ledger.readOwned()).map((object) => object.address as string));
    await ledger.close();
    expect(acknowledged.filter((address) => !owned.has(address))).toEqual([]);
  });

  test("a file that is no database is refused with its path and is left as it is", async () => {
    const directory = makeTemporaryFolder();
    const file = join(directory, "poolkeeper.sqlite");
    writeFileSync(file, "these are notes and no database, long enough to have a header of a hundred bytes ".repeat(3));
    await expect(openStore(directory, ACME)).rejects.toMatchObject({
      code: "store_failed",
      next: "stop",
      message: expect.stringContaining(directory),
    });
  });

  test("a store that a newer release wrote is refused", async () => {
    const directory = makeTemporaryFolder();
    await (await openStore(directory, ACME)).close();
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    database.exec("insert into store_migration values (99)");
    database.close();
    await expect(openStore(directory, ACME)).rejects.toMatchObject({ code: "store_too_new", next: "stop" });
  });

  test("an entry altered by hand is an error that names its address", async () => {
    const directory = makeTemporaryFolder();
    const ledger = await openStore(directory, ACME);
    const database = new DatabaseSync(join(directory, "poolkeeper.sqlite"));
    const row = [
      ACME.org,
      ACME.endpoint,
      "",
      "queue.batch",
      "batch",
      "[]",
      0,
      "delete",
      "{not json",
      "2026-11-01",
      null,
      null,
      0,
      null,
      0,
    ];
    database.prepare(`insert into owned_object values (${row.map(() => "?").join(", ")})`).run(...row);
    database.close();
    await expect(ledger.readOwned()).rejects.toMatchObject({
      code: "store_damaged",
      message: expect.stringContaining("queue.batch"),
    });
    await ledger.close();
  });
});

describe("a location that is no store", () => {
  test.each(["", "mysql://user:secret@db.example.com/pools", "https://user:secret@example.com"])(
    "%j is refused without showing a secret",
    async (location) => {
      const error = await openStore(location, ACME).catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({ code: "store_location", next: "stop" });
      expect(String(error)).not.toContain("secret");
    },
  );

  test("a file is refused", async () => {
    const file = join(makeTemporaryFolder(), "notes.txt");
    writeFileSync(file, "notes");
    await expect(openStore(file, ACME)).rejects.toMatchObject({ code: "store_location" });
  });

  test("a directory below a file can't be made, and the error names it", async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, "x"));
    writeFileSync(join(folder, "x", "file"), "");
    await expect(openStore(join(folder, "x", "file", "store"), ACME)).rejects.toMatchObject({
      code: "store_failed",
      message: expect.stringContaining("store"),
    });
  });
});
