import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";

const FILE = "poolkeeper.sqlite";

/** A process that has a store open; `ask` has it do something and gives its answer, and `add` adds so many rows and gives the names of those that it acknowledged. */
async function startUser(directory: string, name: string) {
  const child = spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "use-store.ts"), directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (order: string): Promise<string> => {
    child.stdin.write(`${order}\n`);
    return (await lines.next()).value ?? "ended";
  };
  const opened: string = (await lines.next()).value ?? "ended";
  let count = 0;
  const acknowledged: string[] = [];
  const add = async (rows: number) => {
    const answers: string[] = [];
    for (let row = 0; row < rows; row += 1, count += 1) {
      const answer = await ask(`add ${name}-${count}`);
      if (answer === "done") acknowledged.push(`${name}-${count}`);
      answers.push(answer);
    }
    return answers;
  };
  const end = async () => {
    const closed = opened === "open" ? await ask("close") : opened;
    if (child.exitCode === null) await once(child, "exit");
    return closed;
  };
  return { opened, ask, add, end, acknowledged };
}

async function listOwned(directory: string): Promise<readonly string[]> {
  const store = await openStore(directory, ACME);
  const owned = await store.readOwned();
  await store.close();
  return owned.map(({ physical_name }) => physical_name).sort();
}

/** Another program than ours, which knows nothing of the check: it writes, and is gone. */
async function writeElsewhere(directory: string) {
  const script = `const file = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
    for (let row = 0; row < 60; row += 1) file.prepare("insert into decision_count (target, last) values (?, 0)").run(row + "x".repeat(500));
    file.close();`;
  const child = spawn(process.execPath, ["--no-warnings", "-e", script, join(directory, FILE)], { stdio: "inherit" });
  expect(await once(child, "exit")).toEqual([0, null]);
}

function save(directory: string) {
  const file = new DatabaseSync(join(directory, FILE));
  file.exec("pragma wal_checkpoint");
  file.close();
}

async function requireWhole(directory: string, acknowledged: readonly string[], elsewhere = 0) {
  expect(await listOwned(directory)).toEqual([...acknowledged].sort());
  const file = new DatabaseSync(join(directory, FILE));
  onTestFinished(() => file.close());
  expect(file.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
  expect(file.prepare("select count(*) as count from decision_count").get()).toEqual({ count: elsewhere });
}

const REFUSED = expect.stringMatching(/^refused: .*was removed or replaced/);

describe("a store that another process opens after its log or index was removed", () => {
  test.each([
    { ends: ["-wal"], beside: true, isNoticed: true },
    { ends: ["-wal"], beside: true, isNoticed: false },
    { ends: ["-wal"], beside: false, isNoticed: false },
    { ends: ["-shm"], beside: true, isNoticed: true },
    { ends: ["-shm"], beside: false, isNoticed: false },
    { ends: ["-wal", "-shm"], beside: true, isNoticed: true },
    { ends: ["-wal", "-shm"], beside: false, isNoticed: true },
  ])(
    "$ends, with a third one: $beside, noticed: $isNoticed, has all that either acknowledged",
    async ({ ends, beside, isNoticed }) => {
      const directory = makeTemporaryFolder();
      const first = await startUser(directory, "first");
      await first.add(3);
      const second = beside ? await startUser(directory, "second") : null;
      // What was saved is no longer read from the log: then another process can open the store.
      save(directory);
      await first.add(1);
      for (const end of ends) rmSync(join(directory, `${FILE}${end}`));
      if (isNoticed) expect(await first.ask("read")).toEqual(beside ? REFUSED : "done");
      const third = await startUser(directory, "third");
      if (third.opened === "open") await third.add(3);
      await first.add(1);
      await third.end();
      await second?.end();
      await first.add(1);
      expect(await first.end()).toBe("done");
      await requireWhole(directory, [...first.acknowledged, ...third.acknowledged]);
    },
  );

  test.each([[["-wal"]], [["-shm"]], [["-wal", "-shm"]]])(
    "%j, by a program that does not check, keeps what that wrote, and the first one refuses to write until it was started again",
    async (ends) => {
      const directory = makeTemporaryFolder();
      const first = await startUser(directory, "first");
      await first.add(3);
      save(directory);
      for (const end of ends) rmSync(join(directory, `${FILE}${end}`));
      await writeElsewhere(directory);
      expect(await first.add(1)).toEqual([REFUSED]);
      expect(await first.ask("read")).toEqual(REFUSED);
      expect(await first.end()).toBe("done");
      await requireWhole(directory, first.acknowledged, 60);
      const again = await startUser(directory, "again");
      expect(await again.add(1)).toEqual(["done"]);
      await again.end();
    },
  );

  test("can't be opened while the first one has commits in the removed log, which it then saves", async () => {
    const directory = makeTemporaryFolder();
    const first = await startUser(directory, "first");
    await first.add(3);
    rmSync(join(directory, `${FILE}-wal`));
    const third = await startUser(directory, "third");
    expect(third.opened).toMatch(/^refused: /);
    expect(await first.add(1)).toEqual(["done"]);
    await first.end();
    await requireWhole(directory, first.acknowledged);
  });

  test("closed without a use after its log was removed has lost nothing", async () => {
    const directory = makeTemporaryFolder();
    const first = await startUser(directory, "first");
    await first.add(3);
    rmSync(join(directory, `${FILE}-wal`));
    expect(await first.end()).toBe("done");
    await requireWhole(directory, first.acknowledged);
  });
});
