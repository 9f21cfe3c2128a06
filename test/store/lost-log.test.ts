import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase, openStore } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { writable } from "./writable.ts";

const [WAL, SHM] = ["poolkeeper.sqlite-wal", "poolkeeper.sqlite-shm"];

/** A store that is open, what it has warned of, and how to write to it and read what a crash at this moment would leave. */
async function openScene() {
  const directory = makeTemporaryFolder();
  const warnings: string[] = [];
  const database = await openDatabase(directory, { warn: (warning) => warnings.push(warning) });
  onTestFinished(() => database.close());
  const add = async (name: string) => (await writable(database.storeOf(ACME))).recordOwned(makeOwnedQueue(name));
  const listAfterCrash = () => listOwned(copy(directory));
  return { directory, database, warnings, add, listAfterCrash };
}

function copy(directory: string): string {
  const folder = join(makeTemporaryFolder(), "copy");
  cpSync(directory, folder, { recursive: true });
  return folder;
}

async function listOwned(directory: string): Promise<readonly string[]> {
  const store = await openStore(directory, ACME);
  const owned = await store.readOwned();
  await store.close();
  return owned.map(({ physical_name }) => physical_name).sort();
}

/** A process that writes to the store until it is killed; `written` waits until it has written so many more, and gives all that it has. */
function startWriter(directory: string) {
  const script = join(import.meta.dirname, "write-owned-queues.ts");
  const child = spawn(process.execPath, [script, directory, "w", "100000"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const all: string[] = [];
  const written = async (more: number) => {
    for (let count = 0; count < more; count += 1) all.push((await lines.next()).value ?? "");
    return all;
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { written, kill };
}

const remove = (directory: string, names: readonly string[]) => {
  for (const name of names) rmSync(join(directory, name));
};
const replace = (directory: string, name: string, content: string) => {
  const other = join(directory, "other");
  writeFileSync(other, content);
  renameSync(other, join(directory, name));
};

describe("the log of an open store", () => {
  test.each<readonly [string, (directory: string) => void, readonly string[]]>([
    ["removed", (directory) => remove(directory, [WAL]), [WAL]],
    ["removed with its index", (directory) => remove(directory, [WAL, SHM]), [WAL, SHM]],
    ["that has lost its index", (directory) => remove(directory, [SHM]), [SHM]],
    ["replaced by an empty one", (directory) => replace(directory, WAL, ""), [WAL]],
    [
      "moved away and back again",
      (directory) => {
        renameSync(join(directory, WAL), join(directory, "away"));
        renameSync(join(directory, "away"), join(directory, WAL));
      },
      [],
    ],
  ])("%s takes nothing with it of what was written before or after", async (_how, lose, lost) => {
    const { directory, database, warnings, add, listAfterCrash } = await openScene();
    await add("before");
    lose(directory);
    await add("after");
    expect(await listAfterCrash()).toEqual(["after", "before"]);
    expect(warnings).toEqual(
      lost.length === 0 ? [] : [expect.stringContaining(lost.map((name) => join(directory, name)).join(" and "))],
    );
    expect((await database.storeOf(ACME).readOwned()).length).toBe(2);
    await add("later");
    expect(await listAfterCrash()).toEqual(["after", "before", "later"]);
    expect([warnings.length, existsSync(join(directory, WAL))]).toEqual([Math.min(lost.length, 1), true]);
  });

  test("replaced may have what another process wrote: nothing is saved or written as long as it is there", async () => {
    const { directory, warnings, add } = await openScene();
    await add("before");
    replace(directory, WAL, "another log ".repeat(1_000));
    const refused = { code: "store_failed", message: expect.stringContaining("begun a new log") };
    await expect(add("refused")).rejects.toMatchObject(refused);
    expect([statSync(join(directory, WAL)).size, warnings]).toEqual([12_000, []]);
    remove(directory, [WAL]);
    await add("after");
    expect(warnings).toHaveLength(1);
  });

  test("of a store that is a link lies where that leads, and is not taken for lost", async () => {
    const folder = makeTemporaryFolder();
    const [directory, real] = [join(folder, "store"), join(folder, "real")];
    for (const made of [directory, real]) mkdirSync(made);
    symlinkSync(join(real, "data"), join(directory, "poolkeeper.sqlite"));
    const warnings: string[] = [];
    const store = await openStore(directory, ACME, { warn: (warning) => warnings.push(warning) });
    onTestFinished(() => store.close());
    expect([await store.readOwned(), warnings]).toEqual([[], []]);
    remove(real, ["data-wal"]);
    expect([await store.readOwned(), warnings]).toEqual([[], [expect.stringContaining(join(real, "data-wal"))]]);
  });

  test("removed is saved by a read too, and as often as it is removed", async () => {
    const { directory, database, warnings, add, listAfterCrash } = await openScene();
    await add("before");
    for (const count of [1, 2, 3]) {
      remove(directory, [WAL]);
      await database.records.now();
      await database.storeOf(ACME).readOwned();
      expect([await listAfterCrash(), warnings.length]).toEqual([["before"], count]);
    }
  });

  test("removed from under a process that is killed later has lost nothing that it acknowledged after it", async () => {
    const directory = makeTemporaryFolder();
    const writer = startWriter(directory);
    await writer.written(50);
    remove(directory, [WAL]);
    const acknowledged = await writer.written(300);
    await writer.kill();
    const owned = new Set(await listOwned(directory));
    expect(acknowledged.filter((name) => !owned.has(name))).toEqual([]);
  });

  test("removed while another process has the store open is saved, and nothing more is written until that has ended", async () => {
    const { directory, warnings, add, listAfterCrash } = await openScene();
    await add("before");
    const holder = spawn(process.execPath, [join(import.meta.dirname, "open-exclusively.ts"), directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void holder.kill("SIGKILL"));
    await once(createInterface(holder.stdout), "line");
    remove(directory, [WAL]);
    const refused = { code: "store_failed", next: "retry", message: expect.stringContaining("Another process") };
    await expect(add("refused")).rejects.toMatchObject(refused);
    expect([await listAfterCrash(), warnings]).toEqual([["before"], []]);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    await add("after");
    expect([await listAfterCrash(), warnings.length]).toEqual([["after", "before"], 1]);
  });

  test("is not taken for lost when other processes open, write, compact, close and are killed", async () => {
    const { directory, warnings, add } = await openScene();
    await add("before");
    const identify = () => [WAL, SHM].map((name) => statSync(join(directory, name)).ino);
    const before = identify();
    for (let turn = 0; turn < 2; turn += 1) {
      const writer = startWriter(directory);
      await writer.written(20);
      await add(`meanwhile-${turn}`);
      await writer.kill();
      const script = join(import.meta.dirname, "write-owned-queues.ts");
      const ending = spawn(process.execPath, [script, directory, `ends-${turn}`, "3"], { stdio: "ignore" });
      expect(await once(ending, "exit")).toEqual([0, null]);
      const compact =
        "new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec('vacuum; pragma wal_checkpoint(truncate)')";
      const compacting = spawn(process.execPath, ["-e", compact, join(directory, "poolkeeper.sqlite")], {
        stdio: "ignore",
      });
      expect(await once(compacting, "exit")).toEqual([0, null]);
      await add(`then-${turn}`);
    }
    expect([warnings, identify()]).toEqual([[], before]);
  });

  test("is not taken for lost by the next process after the last one closed it and took its files away", async () => {
    const directory = makeTemporaryFolder();
    const script = join(import.meta.dirname, "write-owned-queues.ts");
    await once(spawn(process.execPath, [script, directory, "w", "1"], { stdio: "ignore" }), "exit");
    expect(existsSync(join(directory, WAL))).toBe(false);
    const warnings: string[] = [];
    const next = await openDatabase(directory, { warn: (warning) => warnings.push(warning) });
    await (await writable(next.storeOf(ACME))).recordOwned(makeOwnedQueue("after"));
    await next.close();
    expect([await listOwned(directory), warnings]).toEqual([["after", "w-0"], []]);
  });
});
